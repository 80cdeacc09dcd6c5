// Generated from docs/openapi.json by `make sdk-generate`: do not edit.


export type ClientOptions = {
    baseUrl: `${string}://${string}` | (string & {});
};

/**
 * One API key of the tenant.
 */
export type AdminKey = {
    /**
     * When the key was made.
     */
    created_at: string;
    /**
     * When the key stops being accepted; null when it does not expire.
     */
    expires_at?: string | null;
    /**
     * Whole days since the key was last used, or since it was made when it never was.
     */
    inactive_days: number;
    /**
     * Whether the key is accepted now: its user is active and it is neither revoked nor expired.
     */
    is_active: boolean;
    /**
     * Whether `expires_at` has passed.
     */
    is_expired: boolean;
    /**
     * The key's id; not a secret.
     */
    key_id: string;
    /**
     * The first characters of the key, to recognise it by.
     */
    key_prefix: string;
    /**
     * When the key was last accepted; null when it never was.
     */
    last_used_at?: string | null;
    /**
     * What people call it.
     */
    name?: string | null;
    /**
     * When the key was revoked; null when it was not.
     */
    revoked_at?: string | null;
    /**
     * The role of the user the key belongs to.
     */
    role: string;
};

/**
 * The API keys of a tenant, newest first.
 */
export type ApiKeyList = {
    /**
     * The number of days after which a key counts as inactive in this report.
     */
    inactive_days_threshold: number;
    /**
     * The keys.
     */
    items: Array<AdminKey>;
    /**
     * The tenant whose keys these are.
     */
    tenant_id: string;
};

/**
 * Asks for a larger plan.
 */
export type AskUpgrade = {
    /**
     * Why, for the operator.
     */
    reason?: string | null;
    /**
     * The plan that is wanted.
     */
    target_plan: string;
};

/**
 * Gives a tenant a plan.
 */
export type AssignPlan = {
    /**
     * From when on, which is not in the past; from now on when it is absent.
     */
    effective_from?: string | null;
    /**
     * Until when; without an end when it is absent.
     */
    effective_to?: string | null;
    /**
     * The plan.
     */
    plan_id: string;
};

/**
 * `audio.ready`: the spoken answer can be fetched.
 */
export type AudioReady = {
    /**
     * Its id.
     */
    audio_id: string;
    /**
     * Where to fetch it.
     */
    audio_url: string;
    /**
     * Its media type.
     */
    mime: string;
};

/**
 * A signed statement of how the log stood.
 */
export type AuditCheckpoint = {
    /**
     * The public key that it was signed with: Ed25519, in hex.
     */
    key: string;
    /**
     * The signature, in hex.
     */
    signature: string;
    /**
     * What is signed, byte for byte: lines of a name and a value.
     */
    text: string;
};

/**
 * Something that happened.
 */
export type AuditEvent = {
    /**
     * The credential of the actor.
     */
    actor_id?: string | null;
    /**
     * The role of the actor at that time.
     */
    actor_role?: string | null;
    /**
     * How the actor was identified.
     */
    actor_type: string;
    /**
     * When it was written.
     */
    created_at: string;
    /**
     * The code that the caller was given.
     */
    error_code?: string | null;
    /**
     * What happened.
     */
    event_type: string;
    /**
     * Its number; later events have larger ones, almost in the order of time.
     */
    id: number;
    /**
     * The address of the caller.
     */
    ip_address?: string | null;
    /**
     * Further facts: ids, counts and names, from a list for each type of event.
     */
    metadata_json: {
        [key: string]: unknown;
    };
    /**
     * When it happened.
     */
    occurred_at: string;
    /**
     * How it ended.
     */
    outcome: AuditOutcome;
    /**
     * The request that caused it.
     */
    request_id?: string | null;
    /**
     * The thing that it was done to.
     */
    resource_id?: string | null;
    /**
     * The kind of thing that it was done to.
     */
    resource_type?: string | null;
    /**
     * In which tenant.
     */
    tenant_id?: string | null;
    /**
     * The program of the caller.
     */
    user_agent?: string | null;
};

/**
 * A page of events, newest first.
 */
export type AuditEventList = {
    /**
     * The events.
     */
    items: Array<AuditEvent>;
    /**
     * The `offset` of the next page, if there is one and `offset` was used. Events that come in meanwhile move it;
     * `meta.next_cursor` does not move.
     */
    next_offset?: number | null;
};

/**
 * What a stranger needs to check the log.
 */
export type AuditKey = {
    checkpoint?: AuditCheckpoint | null;
    /**
     * The public key that checkpoints are signed with now: Ed25519, in hex.
     */
    key: string;
    /**
     * Every key that checkpoints of this installation may be signed with, those of before included: the newest first.
     */
    keys?: Array<AuditPublicKey>;
};

/**
 * How something ended.
 */
export type AuditOutcome = 'success' | 'failure';

/**
 * The way from an event to a signed checkpoint. Hashes are in hex.
 */
export type AuditProof = {
    /**
     * Where the chain stands among all chains.
     */
    chain_index: number;
    /**
     * The way from the block to the root of the checkpoint.
     */
    chain_path: Array<string>;
    /**
     * The checkpoint.
     */
    checkpoint: AuditCheckpoint;
    /**
     * How many events its block has.
     */
    events: number;
    /**
     * The number of the first event of its block.
     */
    first_seq: number;
    /**
     * The way from the event to the root of the block.
     */
    path: Array<string>;
    /**
     * The hash of the block before.
     */
    previous: string;
    /**
     * The number of the event in its chain.
     */
    seq: number;
};

/**
 * A public key of the audit log.
 */
export type AuditPublicKey = {
    /**
     * The key: Ed25519, in hex.
     */
    key: string;
    /**
     * What the keyring calls it, as in the checkpoints that it signs; absent for the key of the settings.
     */
    key_id?: string | null;
    /**
     * `active` (it signs), `retiring` (it signed before, and may have signed lately) or `retired`.
     */
    status: string;
};

/**
 * A recommendation as it is recorded.
 */
export type AutoscalingAction = {
    /**
     * What was recommended.
     */
    action: AutoscalingVerb;
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * Whether it was executed.
     */
    executed: boolean;
    /**
     * When it was executed.
     */
    executed_at?: string | null;
    /**
     * How many replicas there were.
     */
    from_replicas: number;
    /**
     * Its id.
     */
    id: string;
    /**
     * The profile.
     */
    profile_id: string;
    /**
     * Why.
     */
    reason: string;
    /**
     * For which requests.
     */
    route_class: SlaRouteClass;
    /**
     * What it rests on.
     */
    signal_json: unknown;
    /**
     * The tenant; absent for a profile of the operator.
     */
    tenant_id?: string | null;
    /**
     * How many there should have been.
     */
    to_replicas: number;
};

/**
 * What autoscaling recommended.
 */
export type AutoscalingActionList = {
    /**
     * The recommendations, newest first.
     */
    items: Array<AutoscalingAction>;
};

/**
 * What autoscaling answers.
 */
export type AutoscalingDecision = {
    /**
     * What to do.
     */
    action: AutoscalingVerb;
    /**
     * Whether a change was executed a moment ago.
     */
    cooldown_active: boolean;
    /**
     * Whether it was executed.
     */
    executed: boolean;
    /**
     * When it was executed.
     */
    executed_at?: string | null;
    /**
     * How many replicas there are.
     */
    from_replicas: number;
    /**
     * Why.
     */
    reason: string;
    /**
     * What it rests on.
     */
    signal_json: unknown;
    /**
     * How many there should be.
     */
    to_replicas: number;
};

/**
 * How many replicas there should be.
 */
export type AutoscalingProfile = {
    /**
     * How long nothing is changed after a change that was executed.
     */
    cooldown_seconds: number;
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * Whether it recommends anything.
     */
    enabled: boolean;
    /**
     * Its id.
     */
    id: string;
    /**
     * The most replicas.
     */
    max_replicas: number;
    /**
     * The fewest replicas.
     */
    min_replicas: number;
    /**
     * What people call it.
     */
    name: string;
    route_class?: SlaRouteClass | null;
    /**
     * What it is about.
     */
    scope: AutoscalingScope;
    /**
     * How many replicas fewer at once.
     */
    step_down: number;
    /**
     * How many replicas more at once.
     */
    step_up: number;
    /**
     * How long 95 of 100 requests should take at most, in milliseconds.
     */
    target_p95_ms: number;
    /**
     * How many jobs should wait at most.
     */
    target_queue_depth: number;
    /**
     * The tenant; absent for a profile of the operator.
     */
    tenant_id?: string | null;
    /**
     * When it was last changed.
     */
    updated_at: string;
};

/**
 * Autoscaling profiles.
 */
export type AutoscalingProfileList = {
    /**
     * The profiles, newest first.
     */
    items: Array<AutoscalingProfile>;
};

/**
 * What an autoscaling profile is about.
 */
export type AutoscalingScope = 'global' | 'tenant' | 'route_class';

/**
 * What autoscaling recommends.
 */
export type AutoscalingVerb = 'scale_up' | 'scale_down' | 'hold' | 'degrade';

/**
 * How the budget of a month stood when that was last written down: now and then while something is spent.
 */
export type BudgetSnapshot = {
    budget_usd?: Dollars | null;
    /**
     * When it first refused.
     */
    cap_triggered_at?: string | null;
    /**
     * When this was written down.
     */
    computed_at: string;
    /**
     * When it first degraded.
     */
    degrade_triggered_at?: string | null;
    /**
     * Dollars of the whole month if it goes on as it began.
     */
    forecast_usd: Dollars;
    /**
     * Dollars that were spent; what is only reserved is not among them.
     */
    spend_usd: Dollars;
    /**
     * The gravest that the budget came to since it was last changed.
     */
    status: BudgetStatus;
    /**
     * When it first warned since then.
     */
    warn_triggered_at?: string | null;
};

/**
 * How a budget stands.
 */
export type BudgetStatus = 'ok' | 'warn' | 'capped' | 'degraded';

/**
 * Which share of tenants has what is being rolled out.
 */
export type Canaries = {
    /**
     * Every rollout, in percent of tenants.
     */
    canary_percentages: {
        [key: string]: number;
    };
    /**
     * Of those that were moved: by whom and why.
     */
    notes?: {
        [key: string]: SwitchNote;
    };
};

/**
 * What a period cost, told apart in three ways.
 */
export type ChargebackBreakdown = {
    /**
     * By part of the work.
     */
    component: {
        [key: string]: Dollars;
    };
    /**
     * By who does it.
     */
    provider: {
        [key: string]: Dollars;
    };
    /**
     * By what was asked for.
     */
    route_class: {
        [key: string]: Dollars;
    };
};

/**
 * Reports, newest first.
 */
export type ChargebackList = {
    /**
     * The reports.
     */
    items: Array<ChargebackReport>;
};

/**
 * A report of what a period cost.
 */
export type ChargebackReport = {
    /**
     * The parts.
     */
    breakdown_json: ChargebackBreakdown;
    /**
     * Always `USD`.
     */
    currency: string;
    /**
     * When it was last brought up to date.
     */
    generated_at: string;
    /**
     * Who asked for it.
     */
    generated_by?: string | null;
    /**
     * Its id.
     */
    id: string;
    /**
     * Up to when, this moment excluded.
     */
    period_end: string;
    /**
     * From when.
     */
    period_start: string;
    /**
     * Its tenant.
     */
    tenant_id: string;
    /**
     * All of it.
     */
    total_usd: Dollars;
};

/**
 * What a place of an answer rests on.
 */
export type ChatAnnotation = {
    /**
     * What this is.
     */
    type: ChatAnnotationType;
    /**
     * The citation.
     */
    url_citation: ChatCitation;
};

/**
 * The type of an annotation.
 */
export type ChatAnnotationType = 'url_citation';

/**
 * The one answer.
 */
export type ChatChoice = {
    /**
     * Why it ends.
     */
    finish_reason: ChatFinish;
    /**
     * Always 0.
     */
    index: number;
    /**
     * Always null.
     */
    logprobs?: {
        [key: string]: unknown;
    } | null;
    /**
     * The message.
     */
    message: ChatReply;
};

/**
 * A citation. The first four fields are OpenAI's, the others ours.
 */
export type ChatCitation = {
    /**
     * The lower-case hexadecimal SHA-256 of the whole stored text.
     */
    content_hash?: string | null;
    /**
     * The document.
     */
    document_id?: string | null;
    /**
     * Where the quote ends, exclusive.
     */
    end?: number | null;
    /**
     * Where its marker ends, exclusive.
     */
    end_index: number;
    /**
     * The number by which the text refers to it.
     */
    index: number;
    /**
     * Exactly the text between the two.
     */
    quote: string;
    /**
     * How well the passage fits the question, 0 to 1.
     */
    score: number;
    /**
     * Where the quote begins in the stored text, in Unicode characters.
     */
    start?: number | null;
    /**
     * Where its marker begins in the text of the answer, in Unicode characters.
     */
    start_index: number;
    /**
     * The title of the document, or its id.
     */
    title: string;
    /**
     * Where exactly the quoted characters are read, relative to the server; `document://<id>` where the text is not here.
     */
    url: string;
};

/**
 * An answer.
 */
export type ChatCompletion = {
    /**
     * The one answer.
     */
    choices: Array<ChatChoice>;
    /**
     * When it was asked for, in seconds since 1970.
     */
    created: number;
    /**
     * `chatcmpl-` and the id of the run.
     */
    id: string;
    /**
     * The corpus.
     */
    model: string;
    /**
     * What this is.
     */
    object: ChatCompletionObject;
    /**
     * What it used.
     */
    usage: ChatUsage;
};

/**
 * A part of an answer. The stream ends with `data: [DONE]`.
 */
export type ChatCompletionChunk = {
    /**
     * What is new; empty in the chunk that tells what was used.
     */
    choices: Array<ChunkChoice>;
    /**
     * When it was asked for, in seconds since 1970.
     */
    created: number;
    /**
     * As of the answer, the same in all its chunks.
     */
    id: string;
    /**
     * The corpus.
     */
    model: string;
    /**
     * What this is.
     */
    object: ChunkObject;
    usage?: ChatUsage | null;
};

/**
 * The type of an answer.
 */
export type ChatCompletionObject = 'chat.completion';

/**
 * Asks a corpus, in the form of OpenAI's chat completions.
 *
 * The last message has to be the user's and is the question; the messages before it are the conversation.
 */
export type ChatCompletionRequest = {
    /**
     * Only null.
     */
    audio?: unknown;
    /**
     * Taken, and not used.
     */
    frequency_penalty?: unknown;
    /**
     * Only `none` or `auto`.
     */
    function_call?: unknown;
    /**
     * Only an empty list.
     */
    functions?: unknown;
    /**
     * Taken, and not used.
     */
    logit_bias?: unknown;
    /**
     * Only `false`.
     */
    logprobs?: unknown;
    /**
     * The longest answer, in tokens; the bound of the server holds as well.
     */
    max_completion_tokens?: number | null;
    /**
     * The older name of the same.
     */
    max_tokens?: number | null;
    /**
     * The conversation, oldest first, with the question at its end.
     */
    messages: Array<ChatMessage>;
    /**
     * Taken, and not used.
     */
    metadata?: unknown;
    /**
     * Taken, and not used.
     */
    min_p?: unknown;
    /**
     * Only `["text"]`.
     */
    modalities?: unknown;
    /**
     * The corpus to answer from.
     */
    model: string;
    /**
     * Only null.
     */
    moderation?: unknown;
    /**
     * How many answers: one.
     */
    n?: number | null;
    /**
     * Taken, and not used.
     */
    parallel_tool_calls?: unknown;
    /**
     * Only null.
     */
    prediction?: unknown;
    /**
     * Taken, and not used.
     */
    presence_penalty?: unknown;
    /**
     * Taken, and not used.
     */
    prompt_cache_key?: unknown;
    /**
     * Taken, and not used.
     */
    prompt_cache_options?: unknown;
    /**
     * Taken, and not used.
     */
    prompt_cache_retention?: unknown;
    /**
     * Taken, and not used.
     */
    reasoning_effort?: unknown;
    /**
     * Taken, and not used.
     */
    repetition_penalty?: unknown;
    /**
     * Only `{"type": "text"}`.
     */
    response_format?: unknown;
    /**
     * Taken, and not used.
     */
    safety_identifier?: unknown;
    /**
     * Taken, and not used.
     */
    seed?: unknown;
    /**
     * Taken, and not used.
     */
    service_tier?: unknown;
    /**
     * Only an empty list.
     */
    stop?: unknown;
    /**
     * Taken, and not used.
     */
    store?: unknown;
    /**
     * Whether the answer comes as server-sent events.
     */
    stream?: boolean | null;
    stream_options?: ChatStreamOptions | null;
    /**
     * Taken, and not used.
     */
    temperature?: unknown;
    /**
     * Only `none` or `auto`.
     */
    tool_choice?: unknown;
    /**
     * Only an empty list.
     */
    tools?: unknown;
    /**
     * Taken, and not used.
     */
    top_k?: unknown;
    /**
     * Taken, and not used.
     */
    top_logprobs?: unknown;
    /**
     * Taken, and not used.
     */
    top_p?: unknown;
    /**
     * Taken, and not used.
     */
    user?: unknown;
    /**
     * Taken, and not used.
     */
    verbosity?: unknown;
    /**
     * Only null: an answer never rests on the web.
     */
    web_search_options?: unknown;
};

/**
 * What a message says: a text, or texts in parts.
 */
export type ChatContent = string | Array<ChatPart>;

/**
 * What is new of a message.
 */
export type ChatDelta = {
    /**
     * What the answer rests on; once, after its last text.
     */
    annotations?: Array<ChatAnnotation> | null;
    /**
     * Text to append.
     */
    content?: string | null;
    role?: ChatMessageRole | null;
};

/**
 * A refusal, or the failure of an answer in its stream.
 */
export type ChatError = {
    /**
     * What went wrong.
     */
    error: ChatErrorBody;
};

/**
 * What went wrong, for programs (`code`, `param`, `details`) and for people (`message`).
 */
export type ChatErrorBody = {
    /**
     * A stable code to branch on, the same as of the other routes.
     */
    code: string;
    /**
     * Facts that belong to the code; absent when there are none.
     */
    details?: {
        [key: string]: unknown;
    } | null;
    /**
     * A sentence for people.
     */
    message: string;
    /**
     * The field that is meant, if one is.
     */
    param?: string | null;
    /**
     * The family, in OpenAI's words.
     */
    type: string;
};

/**
 * Why an answer ends.
 */
export type ChatFinish = 'stop' | 'length';

/**
 * A message of a conversation. An answer can be given back as it came.
 */
export type ChatMessage = {
    /**
     * Taken, and not used: an answer is quoted by its text.
     */
    annotations?: unknown;
    /**
     * Only null.
     */
    audio?: unknown;
    content?: ChatContent | null;
    /**
     * Only null.
     */
    function_call?: unknown;
    /**
     * Taken, and not used.
     */
    name?: string | null;
    /**
     * Taken, and not used.
     */
    refusal?: string | null;
    /**
     * Who says it.
     */
    role: ChatRole;
    /**
     * Only null.
     */
    tool_call_id?: string | null;
    /**
     * Only null or an empty list.
     */
    tool_calls?: unknown;
};

/**
 * Who answers.
 */
export type ChatMessageRole = 'assistant';

/**
 * A part of a message. Parts of other types than `text` are refused.
 */
export type ChatPart = {
    /**
     * The text.
     */
    text?: string | null;
    /**
     * The type: `text`.
     */
    type: string;
};

/**
 * The message of an answer.
 */
export type ChatReply = {
    /**
     * What it rests on.
     */
    annotations: Array<ChatAnnotation>;
    /**
     * The text.
     */
    content: string;
    /**
     * Always null: an answer without support says so in its text.
     */
    refusal?: string | null;
    /**
     * Who says it.
     */
    role: ChatMessageRole;
};

/**
 * Who says a message.
 */
export type ChatRole = 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';

/**
 * What else a stream says.
 */
export type ChatStreamOptions = {
    /**
     * Taken, and not used: chunks carry no padding.
     */
    include_obfuscation?: boolean | null;
    /**
     * Whether a last chunk tells what was used.
     */
    include_usage?: boolean | null;
};

/**
 * What an answer used, as it is metered and charged.
 */
export type ChatUsage = {
    /**
     * Tokens that the model wrote.
     */
    completion_tokens: number;
    /**
     * Whether they are reckoned from lengths, because the model counts none.
     */
    estimated: boolean;
    /**
     * Tokens that the model read, passages included.
     */
    prompt_tokens: number;
    /**
     * Both.
     */
    total_tokens: number;
};

/**
 * The outcome of one check.
 */
export type CheckStatus = 'pass' | 'fail' | 'unknown';

/**
 * What is new of the one answer.
 */
export type ChunkChoice = {
    /**
     * What is new.
     */
    delta: ChatDelta;
    finish_reason?: ChatFinish | null;
    /**
     * Always 0.
     */
    index: number;
    /**
     * Always null.
     */
    logprobs?: {
        [key: string]: unknown;
    } | null;
};

/**
 * The type of a chunk.
 */
export type ChunkObject = 'chat.completion.chunk';

/**
 * One passage the answer rests on.
 *
 * For ingested documents, a reader can check it: fetch the stored text, compare its SHA-256 with `content_hash`, and
 * the characters from `start` to `end` are exactly `quote`. Passages of other retrieval providers carry what the
 * provider says and null for the rest.
 */
export type Citation = {
    /**
     * The lower-case hexadecimal SHA-256 of the whole stored text.
     */
    content_hash?: string | null;
    /**
     * The document's id.
     */
    document_id?: string | null;
    /**
     * Where the quote ends, exclusive, counted likewise.
     */
    end?: number | null;
    /**
     * The number by which the answer's text refers to the passage, as in `[1]`; counted from 1.
     */
    index?: number;
    /**
     * `filename`, `content_type`, `offset_start`, `offset_end` and, if there is any, `document_metadata`; where the
     * quote stands in its file as `location`, with as much as is known of `page`, `slide`, `sheet`, `part` and
     * `heading`; for other providers whatever they attach.
     */
    metadata?: {
        [key: string]: unknown;
    };
    /**
     * Exactly the text between `start` and `end`.
     */
    quote?: string;
    /**
     * How well the passage fits the question, 0 to 1.
     */
    score: number;
    /**
     * Where the passage comes from; `document://<id>` for ingested documents.
     */
    source: string;
    /**
     * Where the quote begins, in Unicode scalar values from the start of the stored text.
     */
    start?: number | null;
    /**
     * The document's title.
     */
    title?: string | null;
};

/**
 * A collection of documents.
 */
export type Corpus = {
    /**
     * When the corpus was created.
     */
    created_at: string;
    /**
     * The length of those vectors.
     */
    embedding_dimension: number;
    /**
     * The model whose vectors the corpus holds.
     */
    embedding_model: string;
    /**
     * The corpus' id, unique within its tenant.
     */
    id: string;
    /**
     * What people call it.
     */
    name: string;
    /**
     * Which retrieval provider serves the corpus, and how.
     */
    provider_config_json: {
        [key: string]: unknown;
    };
    /**
     * The tenant that owns the corpus.
     */
    tenant_id: string;
    /**
     * When it was last changed; null when it never was.
     */
    updated_at?: string | null;
};

/**
 * A corpus whose documents are being processed anew.
 */
export type CorpusReindexed = {
    /**
     * The corpus.
     */
    corpus_id: string;
    /**
     * How many documents were queued.
     */
    queued: number;
};

/**
 * What a tenant wants to spend in a month.
 */
export type CostBudget = {
    /**
     * Since when there is a budget.
     */
    created_at?: string | null;
    current_month_override_usd?: Dollars | null;
    /**
     * Whether the budget holds; otherwise it only warns.
     */
    enforce_hard_cap: boolean;
    /**
     * What it does when it holds and is used up.
     */
    hard_cap_mode: HardCapMode;
    monthly_budget_usd?: Dollars | null;
    /**
     * The tenant.
     */
    tenant_id: string;
    /**
     * When it was changed last.
     */
    updated_at?: string | null;
    /**
     * The share of the budget from which on it warns.
     */
    warn_ratio: Dollars;
};

/**
 * `cost.capped`: the run is refused because the budget is spent.
 */
export type CostCapped = {
    /**
     * The budget of the month, in decimal dollars.
     */
    budget_usd?: string | null;
    /**
     * Whether any of this is an estimate.
     */
    estimated: boolean;
    /**
     * What is spent, this run's estimate included.
     */
    spend_usd: string;
    /**
     * Always `capped`.
     */
    status: string;
};

/**
 * What a low budget changes about a run.
 */
export type CostDegradeActions = {
    /**
     * Whether the answer is not spoken.
     */
    disable_audio?: boolean | null;
    /**
     * The passage overlap for ingestion.
     */
    ingest_chunk_overlap?: number | null;
    /**
     * The passage size for ingestion.
     */
    ingest_chunk_size?: number | null;
    /**
     * The most tokens generated.
     */
    max_output_tokens?: number | null;
    /**
     * The most passages looked at.
     */
    top_k?: number | null;
};

/**
 * `cost.warn` and `cost.degraded`: the tenant's budget runs low, and what is done about it.
 */
export type CostNotice = {
    /**
     * The budget of the month, in decimal dollars.
     */
    budget_usd?: string | null;
    /**
     * What was changed about this run; empty for a warning.
     */
    degrade_actions?: CostDegradeActions;
    /**
     * What the estimate assumes.
     */
    estimate_meta?: EstimateMeta;
    /**
     * Whether any of this is an estimate.
     */
    estimated: boolean;
    /**
     * What is left.
     */
    remaining_usd?: string | null;
    /**
     * What is spent, this run's estimate included.
     */
    spend_usd: string;
    /**
     * The state of the budget.
     */
    status: string;
};

/**
 * Makes an API key for a new user.
 */
export type CreateApiKey = {
    /**
     * After how many days it stops being accepted; never when absent.
     */
    expires_in_days?: number | null;
    /**
     * What people call it, up to 128 characters.
     */
    name?: string | null;
    /**
     * `reader`, `editor` or `admin`.
     */
    role: string;
};

/**
 * Makes an autoscaling profile.
 */
export type CreateAutoscalingProfile = {
    /**
     * How long nothing is changed after a change that was executed.
     */
    cooldown_seconds: number;
    /**
     * Whether it recommends anything.
     */
    enabled?: boolean;
    /**
     * The most replicas.
     */
    max_replicas: number;
    /**
     * The fewest replicas.
     */
    min_replicas: number;
    /**
     * What people call it, 1 to 128 characters.
     */
    name: string;
    route_class?: SlaRouteClass | null;
    /**
     * What it is about.
     */
    scope: AutoscalingScope;
    /**
     * How many replicas fewer at once.
     */
    step_down: number;
    /**
     * How many replicas more at once.
     */
    step_up: number;
    /**
     * How long 95 of 100 requests should take at most, in milliseconds.
     */
    target_p95_ms: number;
    /**
     * How many jobs should wait at most.
     */
    target_queue_depth: number;
};

/**
 * Asks for a new corpus.
 */
export type CreateCorpus = {
    /**
     * The id to use; the server makes one when it is absent.
     */
    id?: string | null;
    /**
     * What people call it.
     */
    name: string;
    /**
     * Which retrieval provider serves the corpus, and how; pgvector when it is absent.
     */
    provider_config_json?: {
        [key: string]: unknown;
    } | null;
};

/**
 * Asks for a grant on the document or the corpus in the path.
 */
export type CreateGrant = {
    /**
     * When the grant ends; it does not when this is absent.
     */
    expires_at?: string | null;
    /**
     * What the principal may do.
     */
    permission: Permission;
    /**
     * Which principal of that kind.
     */
    principal_id: string;
    /**
     * The kind of principal.
     */
    principal_type: PrincipalType;
};

/**
 * Asks for several grants on the document or the corpus in the path.
 */
export type CreateGrants = {
    /**
     * The grants to make: all of them or, when one is refused, none.
     */
    permissions: Array<CreateGrant>;
};

/**
 * Asks for a new group.
 */
export type CreateGroup = {
    /**
     * What people call it.
     */
    display_name: string;
    /**
     * Its id in the directory that it comes from.
     */
    external_id?: string | null;
};

/**
 * Asks the server to take every file of a source into a corpus.
 */
export type CreateImport = {
    /**
     * The corpus the documents go to.
     */
    corpus_id: string;
    /**
     * Whether to replace documents whose file changed.
     */
    overwrite?: boolean;
    /**
     * Where the files are: a folder, an archive or a bucket below one of the sources that the operator allows.
     */
    source: string;
};

/**
 * Asks for a new policy.
 */
export type CreatePolicy = {
    /**
     * For which action.
     */
    action: PolicyAction;
    /**
     * When it holds; always when it is absent, null or empty.
     */
    condition_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * What it does.
     */
    effect: PolicyEffect;
    /**
     * Whether it counts.
     */
    enabled?: boolean;
    /**
     * What people call it.
     */
    name: string;
    /**
     * Higher ones are named first where several say the same.
     */
    priority?: number;
    /**
     * What it is about.
     */
    resource_type: PolicyResource;
};

/**
 * A price to be.
 */
export type CreatePrice = {
    /**
     * Whether it counts.
     */
    active?: boolean;
    /**
     * What is priced: `retrieval`, `embedding`, `rerank`, `llm`, `tts`, `storage` or `queue`; 1 to 64 characters.
     */
    component: string;
    /**
     * From when. An open price of the same thing that began before ends here.
     */
    effective_from: string;
    /**
     * Until when.
     */
    effective_to?: string | null;
    /**
     * What to attach.
     */
    metadata_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whose component, such as `openai`, `vertex` or `internal`; 1 to 64 characters.
     */
    provider: string;
    /**
     * What is counted.
     */
    rate_type: RateType;
    /**
     * Dollars for each; more than zero.
     */
    rate_value_usd: Dollars;
    /**
     * The version of the price list that it is from; 1 to 64 characters.
     */
    version: string;
};

/**
 * Makes a policy for service levels.
 */
export type CreateSlaPolicy = {
    /**
     * What it promises, and what is done when that is not kept: `objectives`, `enforcement` and `mitigation`.
     */
    config_json: {
        [key: string]: unknown;
    };
    /**
     * Whether it counts.
     */
    enabled?: boolean;
    /**
     * What people call it, 1 to 128 characters; unique together with the version.
     */
    name: string;
    /**
     * What people sell it as.
     */
    tier: SlaTier;
    /**
     * Its version, 1 or more.
     */
    version?: number;
};

/**
 * A new API key. The key itself is shown once: an answer that is given again has no `api_key`.
 */
export type CreatedApiKey = TenantKey & {
    /**
     * The key.
     */
    api_key?: string | null;
};

/**
 * A version of the key of a tenant. The key itself never leaves the server.
 */
export type CryptoKey = {
    /**
     * When it began to seal.
     */
    activated_at?: string | null;
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * Its id.
     */
    id: string;
    /**
     * What it is called.
     */
    key_alias: string;
    /**
     * With which key.
     */
    key_ref: string;
    /**
     * Which version.
     */
    key_version: number;
    /**
     * What wraps it: `local_kms`, `aws_kms` or `gcp_kms`.
     */
    provider: string;
    /**
     * When it ended.
     */
    retired_at?: string | null;
    /**
     * `active` (it seals), `retiring` (it opens, and is being replaced), `retired` (it opens) or `revoked`.
     */
    status: string;
    /**
     * Whose it is.
     */
    tenant_id: string;
};

/**
 * The keys of a tenant.
 */
export type CryptoKeys = {
    /**
     * The one that seals; none before anything was sealed.
     */
    active_key_id?: string | null;
    /**
     * All versions, newest first.
     */
    keys: Array<CryptoKey>;
    /**
     * Whose they are.
     */
    tenant_id: string;
};

/**
 * `debug.retrieval`: where the passages came from; only when the server is told to say so.
 */
export type DebugRetrieval = {
    /**
     * How many passages it gave.
     */
    num_chunks: number;
    /**
     * The retrieval provider.
     */
    provider: string;
};

/**
 * A document as its readers see it.
 */
export type Document = {
    /**
     * When a worker last finished with it, well or not.
     */
    completed_at?: string | null;
    /**
     * The media type, by the content of what was sent.
     */
    content_type: string;
    /**
     * The corpus the document belongs to.
     */
    corpus_id: string;
    /**
     * When the document was created.
     */
    created_at: string;
    /**
     * The media type that the client named, where the content is something else.
     */
    declared_content_type?: string | null;
    /**
     * Why ingestion failed; null unless it did.
     */
    failure_reason?: string | null;
    /**
     * The file name it was given.
     */
    filename: string;
    /**
     * The document's id, unique within its tenant.
     */
    id: string;
    /**
     * What could not be read of the file, in sentences; absent when all of it could.
     */
    ingest_notes?: Array<string>;
    /**
     * How the document came in.
     */
    ingest_source: IngestSource;
    /**
     * The labels that policies may look at.
     */
    labels?: {
        [key: string]: string;
    };
    /**
     * The job that ingested it last.
     */
    last_job_id?: string | null;
    /**
     * When it was last indexed again.
     */
    last_reindexed_at?: string | null;
    /**
     * Whatever the client stored with the document.
     */
    metadata_json?: {
        [key: string]: unknown;
    };
    /**
     * How many passages it was cut into; given for a single document that succeeded, null otherwise.
     */
    num_chunks?: number | null;
    /**
     * When a worker last began with it.
     */
    processing_started_at?: string | null;
    /**
     * When it was last queued.
     */
    queued_at?: string | null;
    /**
     * The same as `ingest_source`, kept for older clients.
     */
    source: IngestSource;
    /**
     * How far ingestion got.
     */
    status: DocumentStatus;
    /**
     * The tenant that owns the document.
     */
    tenant_id: string;
    /**
     * The document's title, when one is known.
     */
    title?: string | null;
    /**
     * When anything about it last changed.
     */
    updated_at: string;
};

/**
 * The answer to an upload, a text, or a reindex.
 */
export type DocumentAccepted = {
    /**
     * Given and true when the document was there, stays as it is, and is not what was sent.
     */
    differs?: boolean;
    /**
     * The document's id.
     */
    document_id: string;
    /**
     * The job that will ingest it, or did.
     */
    job_id?: string | null;
    /**
     * How far ingestion got.
     */
    status: DocumentStatus;
    /**
     * Where to ask how far it got.
     */
    status_url: string;
};

/**
 * What a draft would change for existing documents.
 */
export type DocumentDifference = {
    /**
     * How many documents were compared, oldest first; at most 1,000.
     */
    compared: number;
    /**
     * Whether these are all.
     */
    complete: boolean;
    /**
     * The documents that the principal could act upon, and cannot now.
     */
    gained: Array<string>;
    /**
     * The documents that the principal can act upon now, and could not then.
     */
    lost: Array<string>;
};

/**
 * How far ingestion got.
 */
export type DocumentStatus = 'queued' | 'processing' | 'succeeded' | 'failed';

/**
 * A part of a document's stored text, to check a citation against.
 */
export type DocumentText = {
    /**
     * The lower-case hexadecimal SHA-256 of the whole stored text.
     */
    content_hash: string;
    /**
     * The document's id.
     */
    document_id: string;
    /**
     * Where `text` ends, exclusive, counted likewise.
     */
    end: number;
    /**
     * Where `text` begins, in Unicode scalar values from the start of the stored text.
     */
    start: number;
    /**
     * Exactly the text between `start` and `end`.
     */
    text: string;
    /**
     * The length of the whole stored text, counted likewise.
     */
    total_chars: number;
};

export type Dollars = number;

/**
 * `done`: the stream is complete. It carries nothing.
 */
export type Done = {
    [key: string]: unknown;
};

/**
 * What a plan, or the operator, says of a feature.
 */
export type Entitlement = {
    /**
     * Particulars of it.
     */
    config_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whether it is included.
     */
    enabled: boolean;
    /**
     * The feature.
     */
    feature_key: string;
};

/**
 * A successful answer.
 */
export type EnvelopeAdminKey = {
    data: AdminKey;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeApiKeyList = {
    data: ApiKeyList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAuditEvent = {
    data: AuditEvent;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAuditEventList = {
    data: AuditEventList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAuditKey = {
    data: AuditKey;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAutoscalingActionList = {
    data: AutoscalingActionList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAutoscalingDecision = {
    data: AutoscalingDecision;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAutoscalingProfile = {
    data: AutoscalingProfile;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeAutoscalingProfileList = {
    data: AutoscalingProfileList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeCanaries = {
    data: Canaries;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeChargebackList = {
    data: ChargebackList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeChargebackReport = {
    data: ChargebackReport;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeCorpus = {
    data: Corpus;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeCorpusReindexed = {
    data: CorpusReindexed;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeCostBudget = {
    data: CostBudget;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeCreatedApiKey = {
    data: CreatedApiKey;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeCryptoKeys = {
    data: CryptoKeys;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeDocument = {
    data: Document;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeDocumentAccepted = {
    data: DocumentAccepted;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeDocumentText = {
    data: DocumentText;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeGrant = {
    data: Grant;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeGrantList = {
    data: GrantList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeGroup = {
    data: Group;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeHealth = {
    data: Health;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeImport = {
    data: Import;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeInactiveKeyReport = {
    data: InactiveKeyReport;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeKeyRotated = {
    data: KeyRotated;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeKillSwitches = {
    data: KillSwitches;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeLabels = {
    data: Labels;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeOpsHealth = {
    data: OpsHealth;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopePlatformKey = {
    data: PlatformKey;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopePlatformKeyRotated = {
    data: PlatformKeyRotated;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopePolicy = {
    data: Policy;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopePolicyList = {
    data: PolicyList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopePrice = {
    data: Price;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopePriceList = {
    data: PriceList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeQuota = {
    data: Quota;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeReadableList = {
    data: ReadableList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeReaderList = {
    data: ReaderList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeReadiness = {
    data: Readiness;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeRotationJob = {
    data: RotationJob;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeRunReceipt = {
    data: RunReceipt;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSearchResults = {
    data: SearchResults;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSimulation = {
    data: Simulation;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSlaAssignment = {
    data: SlaAssignment;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSlaIncident = {
    data: SlaIncident;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSlaIncidentList = {
    data: SlaIncidentList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSlaMeasurementList = {
    data: SlaMeasurementList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSlaPolicy = {
    data: SlaPolicy;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSlaPolicyList = {
    data: SlaPolicyList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSpendBreakdown = {
    data: SpendBreakdown;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSpendSeries = {
    data: SpendSeries;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeSpendSummary = {
    data: SpendSummary;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeTenantKey = {
    data: TenantKey;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeTenantKeyList = {
    data: TenantKeyList;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeTenantPlan = {
    data: TenantPlan;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeTenantUsage = {
    data: TenantUsage;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUiAction = {
    data: UiAction;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUiActivityPage = {
    data: UiActivityPage;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUiBootstrap = {
    data: UiBootstrap;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUiDashboard = {
    data: UiDashboard;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUiDocumentPage = {
    data: UiDocumentPage;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUpgradeRequest = {
    data: UpgradeRequest;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUsageSummary = {
    data: UsageSummary;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeUsageTimeseries = {
    data: UsageTimeseries;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeVecCorpus = {
    data: Array<Corpus>;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeVecDocument = {
    data: Array<Document>;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeVecGroup = {
    data: Array<Group>;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeVecPlan = {
    data: Array<Plan>;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeVecPlatformKey = {
    data: Array<PlatformKey>;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * A successful answer.
 */
export type EnvelopeWebhookTest = {
    data: WebhookTest;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * What went wrong, for programs (`code`, `details`) and for people (`message`).
 */
export type ErrorBody = {
    /**
     * A stable code to branch on.
     */
    code: string;
    /**
     * Facts that belong to the code; absent when there are none.
     */
    details?: {
        [key: string]: unknown;
    } | null;
    /**
     * A sentence for people; its wording may change.
     */
    message: string;
};

/**
 * An answer that is not a success.
 */
export type ErrorEnvelope = {
    /**
     * What went wrong.
     */
    error: ErrorBody;
    /**
     * What identifies this answer.
     */
    meta: Meta;
};

/**
 * What an estimate of cost assumes.
 */
export type EstimateMeta = {
    /**
     * The tokens the model reads.
     */
    input_tokens?: number;
    /**
     * The tokens the model writes.
     */
    output_tokens?: number;
};

/**
 * Asks autoscaling for a number of replicas.
 */
export type EvaluateAutoscaling = {
    /**
     * How many replicas there are.
     */
    current_replicas: number;
    /**
     * The time that 95 of 100 requests take at most, in milliseconds.
     */
    p95_ms?: number | null;
    /**
     * The profile.
     */
    profile_id: string;
    /**
     * How many jobs wait.
     */
    queue_depth?: number | null;
    /**
     * For which requests.
     */
    route_class: SlaRouteClass;
    /**
     * How far these can be trusted.
     */
    signal_quality?: SignalQuality;
};

/**
 * One grant, on one document or on one corpus.
 */
export type Grant = {
    /**
     * The corpus whose documents the grant is about; absent when it is about one document.
     */
    corpus_id?: string | null;
    /**
     * When the grant was made.
     */
    created_at?: string | null;
    /**
     * The document the grant is about; absent when it is about a corpus.
     */
    document_id?: string | null;
    /**
     * When the grant ends; null when it does not.
     */
    expires_at?: string | null;
    /**
     * The API key or session that made the grant.
     */
    granted_by?: string | null;
    /**
     * The grant's id.
     */
    id: string;
    /**
     * What the principal may do.
     */
    permission: Permission;
    /**
     * Which principal of that kind.
     */
    principal_id: string;
    /**
     * The kind of principal.
     */
    principal_type: PrincipalType;
    /**
     * The tenant.
     */
    tenant_id: string;
};

/**
 * Grants on one document or one corpus.
 */
export type GrantList = {
    /**
     * The grants.
     */
    items: Array<Grant>;
};

/**
 * A group of users.
 */
export type Group = {
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * What people call it.
     */
    display_name: string;
    /**
     * Its id in the directory that it comes from.
     */
    external_id?: string | null;
    /**
     * The group's id, which grants name and which never changes.
     */
    id: string;
    /**
     * The ids of its users, at most 1,000; absent in lists.
     */
    members?: Array<string> | null;
    /**
     * The tenant.
     */
    tenant_id: string;
};

/**
 * What an enforced budget does when it is used up.
 */
export type HardCapMode = 'block' | 'degrade';

/**
 * The answer of `GET /v1/health`.
 */
export type Health = {
    /**
     * Always `ok`: a server that cannot answer does not answer.
     */
    status: string;
};

/**
 * The answer of `GET /v1/healthz`, which has no envelope.
 */
export type Healthz = {
    /**
     * Always `ok`.
     */
    status: string;
    /**
     * The server's clock.
     */
    ts: string;
};

/**
 * An import. The documents that it made are processed by jobs of their own.
 */
export type Import = {
    /**
     * Files accepted as documents, new or changed.
     */
    accepted: number;
    /**
     * The corpus the documents go to.
     */
    corpus_id: string;
    /**
     * When it was asked for.
     */
    created_at: string;
    /**
     * Files that differ from the document of their name, which stays as it is unless documents are replaced.
     */
    differing?: number;
    /**
     * Files not accepted for another reason.
     */
    failed: number;
    /**
     * Why it was given up; null unless it was.
     */
    failure_reason?: string | null;
    /**
     * The first hundred of those.
     */
    failures?: Array<ImportFailure>;
    /**
     * When it ended.
     */
    finished_at?: string | null;
    /**
     * The import's id.
     */
    id: string;
    /**
     * Whether documents whose file changed are replaced.
     */
    overwrite: boolean;
    /**
     * The file that it is behind.
     */
    position?: string | null;
    /**
     * Files of no type that is read.
     */
    skipped: number;
    /**
     * Where the files are.
     */
    source: string;
    /**
     * How far it got.
     */
    status: ImportStatus;
    /**
     * Files that were there already, as they are.
     */
    unchanged: number;
    /**
     * When it last got further.
     */
    updated_at: string;
};

/**
 * A file that was not taken.
 */
export type ImportFailure = {
    /**
     * Its path inside the source.
     */
    path: string;
    /**
     * Why.
     */
    reason: string;
};

/**
 * How far an import got.
 */
export type ImportStatus = 'running' | 'succeeded' | 'failed';

/**
 * An API key that nobody uses, or that has expired.
 */
export type InactiveKey = {
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * When it stops being accepted.
     */
    expires_at?: string | null;
    /**
     * Whole days since it was last used, or made.
     */
    inactive_days: number;
    /**
     * Whether it has expired.
     */
    is_expired: boolean;
    /**
     * The key's id.
     */
    key_id: string;
    /**
     * Its first characters.
     */
    key_prefix: string;
    /**
     * When it was last accepted.
     */
    last_used_at?: string | null;
    /**
     * What people call it.
     */
    name?: string | null;
    /**
     * The role of its user.
     */
    role: string;
};

/**
 * API keys that could be revoked.
 */
export type InactiveKeyReport = {
    /**
     * From how many days on a key counts as inactive.
     */
    inactive_days_threshold: number;
    /**
     * The keys, longest unused first.
     */
    items: Array<InactiveKey>;
};

/**
 * How a document came in.
 */
export type IngestSource = 'upload_file' | 'raw_text';

/**
 * Documents by what became of them.
 */
export type IngestionCounts = {
    /**
     * Given up.
     */
    failed: number;
    /**
     * At work.
     */
    processing: number;
    /**
     * Waiting.
     */
    queued: number;
    /**
     * Done.
     */
    succeeded: number;
};

/**
 * What a key of the platform is for.
 */
export type KeyPurpose = 'signing' | 'encryption' | 'backup_signing' | 'backup_encryption' | 'webhook_signing';

/**
 * The new version, and the job that seals anew what older ones sealed.
 */
export type KeyRotated = {
    /**
     * The version that seals from now on.
     */
    key: CryptoKey;
    rotation_job?: RotationJob | null;
};

/**
 * What is stopped for everybody.
 */
export type KillSwitches = {
    /**
     * Every kill switch, and whether it stops what it is for.
     */
    kill_switches: {
        [key: string]: boolean;
    };
    /**
     * Of those that were moved: by whom and why.
     */
    notes?: {
        [key: string]: SwitchNote;
    };
};

/**
 * The labels of a document, all of them.
 */
export type Labels = {
    /**
     * The labels by key.
     */
    labels: {
        [key: string]: string;
    };
};

/**
 * `message.final`: the whole answer, which the deltas add up to.
 */
export type MessageFinal = {
    /**
     * What it rests on.
     */
    citations?: Array<Citation>;
    /**
     * The answer.
     */
    text: string;
};

/**
 * What identifies an answer, successful or not.
 */
export type Meta = {
    /**
     * The version of the API that answered.
     */
    api_version: string;
    /**
     * The cursor of the next page of a list; absent on the last page and on answers that are not lists.
     */
    next_cursor?: string | null;
    /**
     * The id of the request, the same in the header, the logs and the audit trail.
     */
    request_id: string;
};

/**
 * A corpus, as a model.
 */
export type Model = {
    /**
     * When it was made, in seconds since 1970.
     */
    created: number;
    /**
     * The corpus.
     */
    id: string;
    /**
     * What people call it.
     */
    name: string;
    /**
     * What this is.
     */
    object: ModelObject;
    /**
     * The tenant.
     */
    owned_by: string;
};

/**
 * The corpora of a tenant, as models.
 */
export type ModelList = {
    /**
     * The oldest corpora, at most 1,000.
     */
    data: Array<Model>;
    /**
     * What this is.
     */
    object: ModelListObject;
};

/**
 * The type of a list.
 */
export type ModelListObject = 'list';

/**
 * The type of a model.
 */
export type ModelObject = 'model';

/**
 * A circuit breaker that is not closed.
 */
export type OpsBreaker = {
    /**
     * The service.
     */
    integration: string;
    /**
     * The region or location; empty where a service has but one place.
     */
    place: string;
    /**
     * `half_open` or `open`.
     */
    state: string;
};

/**
 * The answer of `GET /v1/ops/health`.
 */
export type OpsHealth = {
    /**
     * Always `ok`: a server that cannot answer does not answer.
     */
    api: OpsStatus;
    /**
     * The places whose breaker is not closed, whichever replica has seen it.
     */
    circuit_breaker_places?: Array<OpsBreaker>;
    /**
     * The circuit breaker of each service of others: `closed`, `half_open` or `open`; the worst of its places.
     */
    circuit_breaker_state: {
        [key: string]: string;
    };
    /**
     * The database, and whether its schema is the one that this program needs.
     */
    db: OpsStatus;
    /**
     * Documents and imports that wait for a worker; absent when it cannot be told.
     */
    queue_depth?: number | null;
    /**
     * The shared state; without Redis, that of this process.
     */
    redis: OpsStatus;
    /**
     * `ok` when the database and the shared state answer and a worker was seen lately.
     */
    status: OpsStatus;
    /**
     * When this was looked at.
     */
    timestamp: string;
    /**
     * Seconds since a worker last said that it is alive; absent when none did for long.
     */
    worker_heartbeat_age_s?: number | null;
};

/**
 * Whether a part works.
 */
export type OpsStatus = 'ok' | 'degraded';

/**
 * Decides a feature for one tenant.
 */
export type OverrideFeature = {
    /**
     * Particulars of it. What is absent stays; null goes back to what the plan says.
     */
    config_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whether it is included. What is absent stays; null goes back to what the plan says.
     */
    enabled?: boolean | null;
    /**
     * The feature.
     */
    feature_key: string;
};

/**
 * Changes an API key; absent fields stay as they are.
 */
export type PatchApiKey = {
    /**
     * `false` revokes the key, `true` brings it back and restarts its inactivity clock.
     */
    active?: boolean | null;
    /**
     * When the key stops being accepted; an explicit `null` removes the expiry.
     */
    expires_at?: string | null;
    /**
     * The new name, 1 to 120 characters.
     */
    name?: string | null;
    /**
     * `true` revokes the key; it contradicts `active: true`.
     */
    revoke?: boolean | null;
};

/**
 * Changes an autoscaling profile. What is absent stays.
 */
export type PatchAutoscalingProfile = {
    /**
     * How long nothing is changed after a change that was executed.
     */
    cooldown_seconds?: number | null;
    /**
     * Whether it recommends anything.
     */
    enabled?: boolean | null;
    /**
     * The most replicas.
     */
    max_replicas?: number | null;
    /**
     * The fewest replicas.
     */
    min_replicas?: number | null;
    /**
     * What people call it.
     */
    name?: string | null;
    route_class?: SlaRouteClass | null;
    scope?: AutoscalingScope | null;
    /**
     * How many replicas fewer at once.
     */
    step_down?: number | null;
    /**
     * How many replicas more at once.
     */
    step_up?: number | null;
    /**
     * How long 95 of 100 requests should take at most, in milliseconds.
     */
    target_p95_ms?: number | null;
    /**
     * How many jobs should wait at most.
     */
    target_queue_depth?: number | null;
};

/**
 * Moves rollouts; those that are not named stay.
 */
export type PatchCanaries = {
    /**
     * Names and percentages, cut to 0 to 100; names that are unknown are left out.
     */
    canary_percentages: {
        [key: string]: number;
    };
    /**
     * When the default counts again; never, when it is absent.
     */
    expires_at?: string | null;
    /**
     * Why, for the audit log.
     */
    reason: string;
};

/**
 * Changes a corpus; absent fields stay as they are.
 */
export type PatchCorpus = {
    /**
     * The new name.
     */
    name?: string | null;
    /**
     * The new provider settings; they replace the old ones as a whole.
     */
    provider_config_json?: {
        [key: string]: unknown;
    } | null;
};

/**
 * A change of a budget. What is absent stays; `null` clears an amount.
 */
export type PatchCostBudget = {
    current_month_override_usd?: Dollars | null;
    /**
     * Whether the budget holds.
     */
    enforce_hard_cap?: boolean | null;
    hard_cap_mode?: HardCapMode | null;
    monthly_budget_usd?: Dollars | null;
    warn_ratio?: Dollars | null;
};

/**
 * Changes what is stored with a document; absent fields stay as they are.
 */
export type PatchDocument = {
    /**
     * The new file name.
     */
    filename?: string | null;
    /**
     * The new labels; they replace the old as a whole.
     */
    labels?: {
        [key: string]: string;
    } | null;
    /**
     * The new metadata; it replaces the old as a whole.
     */
    metadata_json?: {
        [key: string]: unknown;
    } | null;
};

/**
 * Changes a grant; an absent field stays as it is.
 */
export type PatchGrant = {
    /**
     * The new end of the grant; null lets it last.
     */
    expires_at?: string | null;
};

/**
 * Moves kill switches; those that are not named stay.
 */
export type PatchKillSwitches = {
    /**
     * When the default counts again; never, when it is absent.
     */
    expires_at?: string | null;
    /**
     * Names and positions; names that are unknown are left out.
     */
    kill_switches: {
        [key: string]: boolean;
    };
    /**
     * Why, for the audit log.
     */
    reason: string;
};

/**
 * Changes a policy; absent fields stay as they are, and none may be null.
 */
export type PatchPolicy = {
    /**
     * For which action from now on.
     */
    action?: PolicyAction;
    /**
     * The new condition, as a whole; an empty object is always.
     */
    condition_json?: {
        [key: string]: unknown;
    };
    /**
     * What it does from now on.
     */
    effect?: PolicyEffect;
    /**
     * Whether it counts from now on.
     */
    enabled?: boolean;
    /**
     * The new name.
     */
    name?: string;
    /**
     * The new priority.
     */
    priority?: number;
    /**
     * What it is about from now on.
     */
    resource_type?: PolicyResource;
};

/**
 * A change of a price. Its rate never changes: make a successor instead.
 */
export type PatchPrice = {
    /**
     * Whether it counts.
     */
    active?: boolean | null;
    /**
     * Until when.
     */
    effective_to?: string | null;
};

/**
 * Changes how much a tenant may use; absent fields stay as they are, and an explicit `null` removes a limit.
 */
export type PatchQuota = {
    /**
     * Units a day.
     */
    daily_requests_limit?: number | null;
    /**
     * Tokens a day.
     */
    daily_tokens_limit?: number | null;
    /**
     * Whether a limit refuses requests, or only tells.
     */
    hard_cap_enabled?: boolean | null;
    /**
     * Units a month.
     */
    monthly_requests_limit?: number | null;
    /**
     * Tokens a month.
     */
    monthly_tokens_limit?: number | null;
    /**
     * The share of a limit at which the tenant is warned, from 0 to 1.
     */
    soft_cap_ratio?: number | null;
};

/**
 * Says which policy counts for a tenant, in place of what was said before.
 */
export type PatchSlaAssignment = {
    /**
     * From when on it counts; now when absent.
     */
    effective_from?: string | null;
    /**
     * Until when it counts.
     */
    effective_to?: string | null;
    /**
     * What is laid over the policy's document: objects are merged, `null` takes a member away.
     */
    override_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * A policy of the tenant or of the operator.
     */
    policy_id: string;
};

/**
 * Changes a policy for service levels. What is absent stays; a change of more than `enabled` makes a new version.
 */
export type PatchSlaPolicy = {
    /**
     * The whole document, in place of the old one.
     */
    config_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whether it counts.
     */
    enabled?: boolean | null;
    /**
     * What people call it.
     */
    name?: string | null;
    tier?: SlaTier | null;
};

/**
 * What a grant allows. Each of them also allows reading; `owner` allows everything.
 */
export type Permission = 'read' | 'write' | 'delete' | 'reindex' | 'owner';

/**
 * A plan.
 */
export type Plan = {
    /**
     * What it includes, and what not.
     */
    features: Array<Entitlement>;
    /**
     * Its id.
     */
    id: string;
    /**
     * Whether it can be assigned.
     */
    is_active: boolean;
    /**
     * Its name for people.
     */
    name: string;
};

/**
 * A plan that a tenant will have.
 */
export type PlannedPlan = {
    /**
     * From when on.
     */
    effective_from: string;
    /**
     * Until when.
     */
    effective_to?: string | null;
    /**
     * The plan.
     */
    plan_id: string;
};

/**
 * A key of the platform, without its secret.
 */
export type PlatformKey = {
    /**
     * When it began to be used.
     */
    activated_at?: string | null;
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * Its id, which goes with what is signed.
     */
    key_id: string;
    /**
     * What its signatures are checked with: Ed25519, in hex. Only keys for `signing` have it.
     */
    public_key?: string | null;
    /**
     * What it is for.
     */
    purpose: KeyPurpose;
    /**
     * When it began to retire.
     */
    retired_at?: string | null;
    /**
     * What becomes of it.
     */
    status: PlatformKeyStatus;
};

/**
 * A key that was made.
 */
export type PlatformKeyRotated = {
    /**
     * The key.
     */
    key: PlatformKey;
    /**
     * The key that it takes the place of.
     */
    replaced_key_id?: string | null;
    /**
     * Its secret, this once: an answer that is given again for the same `Idempotency-Key` is without it.
     */
    secret?: string | null;
};

/**
 * What becomes of a key of the platform.
 */
export type PlatformKeyStatus = 'active' | 'retiring' | 'retired' | 'revoked';

/**
 * A policy.
 */
export type Policy = {
    /**
     * For which action.
     */
    action: PolicyAction;
    /**
     * When it holds; an empty object is always.
     */
    condition_json: {
        [key: string]: unknown;
    };
    /**
     * When it was made.
     */
    created_at?: string | null;
    /**
     * The API key or session that made it.
     */
    created_by?: string | null;
    /**
     * What it does.
     */
    effect: PolicyEffect;
    /**
     * Whether it counts.
     */
    enabled: boolean;
    /**
     * The policy's id.
     */
    id: string;
    /**
     * What people call it.
     */
    name: string;
    /**
     * Higher ones are named first where several say the same.
     */
    priority: number;
    /**
     * What it is about.
     */
    resource_type: PolicyResource;
    /**
     * The tenant that it binds; null for one of the operator, which binds all.
     */
    tenant_id?: string | null;
    /**
     * When it was last changed.
     */
    updated_at?: string | null;
    /**
     * Counts its changes, from 1.
     */
    version: number;
};

/**
 * Which action a policy is about.
 */
export type PolicyAction = 'read' | 'write' | 'delete' | 'reindex' | 'run' | 'manage' | '*';

/**
 * What a policy does when its condition holds. A deny beats every allow.
 */
export type PolicyEffect = 'allow' | 'deny';

/**
 * Policies, highest priority first.
 */
export type PolicyList = {
    /**
     * The policies.
     */
    items: Array<Policy>;
};

/**
 * What a policy is about.
 */
export type PolicyResource = 'document' | 'corpus' | 'run' | 'admin' | 'ops' | 'audit' | '*';

/**
 * A price of the catalogue.
 */
export type Price = {
    /**
     * Whether it counts.
     */
    active: boolean;
    /**
     * What is priced.
     */
    component: string;
    /**
     * From when.
     */
    effective_from: string;
    /**
     * Until when, this moment excluded; absent while no other follows.
     */
    effective_to?: string | null;
    /**
     * Its id.
     */
    id: string;
    /**
     * What its author attached.
     */
    metadata_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whose component.
     */
    provider: string;
    /**
     * What is counted.
     */
    rate_type: string;
    /**
     * Dollars for each.
     */
    rate_value_usd: Dollars;
    /**
     * The tenant that it holds for; absent when it holds for all.
     */
    tenant_id?: string | null;
    /**
     * The version of the price list that it is from.
     */
    version: string;
};

/**
 * Prices, those that begin last first.
 */
export type PriceList = {
    /**
     * The prices.
     */
    items: Array<Price>;
};

/**
 * The kind of principal a grant names.
 */
export type PrincipalType = 'user' | 'role' | 'api_key' | 'group';

/**
 * How much a tenant may use; a limit that is `null` is none.
 */
export type Quota = {
    /**
     * Units a day. A question costs three, everything else one.
     */
    daily_requests_limit?: number | null;
    /**
     * Tokens a day, for reports; budgets bound what models cost.
     */
    daily_tokens_limit?: number | null;
    /**
     * Whether a limit refuses requests, or only tells.
     */
    hard_cap_enabled: boolean;
    /**
     * Units a month.
     */
    monthly_requests_limit?: number | null;
    /**
     * Tokens a month, for reports.
     */
    monthly_tokens_limit?: number | null;
    /**
     * The share of a limit at which the tenant is warned.
     */
    soft_cap_ratio: number;
    /**
     * The tenant.
     */
    tenant_id: string;
};

/**
 * Where a tenant stands in a period.
 */
export type QuotaPeriod = {
    /**
     * The limit; `null` for none.
     */
    limit?: number | null;
    /**
     * Units left; `null` without a limit.
     */
    remaining?: number | null;
    /**
     * Units used.
     */
    used: number;
};

/**
 * Where a tenant stands.
 */
export type QuotaSnapshot = {
    /**
     * Today, in UTC.
     */
    day: QuotaPeriod;
    /**
     * `enforce` where a limit refuses requests, `observe` where it only tells.
     */
    hard_cap_mode: string;
    /**
     * This month.
     */
    month: QuotaPeriod;
    /**
     * Whether so much of a limit is used that the tenant should know.
     */
    soft_cap_reached: boolean;
};

/**
 * Requests that a rate limit turned away.
 */
export type RateLimitHits = {
    /**
     * How many.
     */
    count: number;
    /**
     * When the last one was.
     */
    last_at?: string | null;
};

/**
 * What a rate counts.
 */
export type RateType = 'per_1k_tokens' | 'per_char' | 'per_mb' | 'per_request' | 'per_second';

/**
 * A document that a user can read.
 */
export type ReadableDocument = {
    /**
     * Its corpus.
     */
    corpus_id: string;
    /**
     * The document.
     */
    document_id: string;
};

/**
 * Documents that a user can read.
 */
export type ReadableList = {
    /**
     * The documents, oldest first.
     */
    items: Array<ReadableDocument>;
};

/**
 * A user who can read a document.
 */
export type Reader = {
    /**
     * The grants that speak to the user, ended ones included; none are needed where administrators read everything.
     */
    grants: Array<Grant>;
    /**
     * The policy that allows it, if one does.
     */
    matched_policy_id?: string | null;
    /**
     * Why policies allow it.
     */
    reason: string;
    /**
     * The role of the user.
     */
    role: string;
    /**
     * The user.
     */
    user_id: string;
};

/**
 * Users who can read a document.
 */
export type ReaderList = {
    /**
     * The users among those of this page; a page may be empty before the last.
     */
    items: Array<Reader>;
};

/**
 * The answer of `GET /v1/readyz`.
 */
export type Readiness = {
    /**
     * What was looked at.
     */
    checks: Array<ReadinessCheck>;
    /**
     * Whether to send traffic here.
     */
    status: ReadinessStatus;
};

/**
 * One thing that was looked at.
 */
export type ReadinessCheck = {
    /**
     * A sentence for the operator; absent when there is nothing to add.
     */
    detail?: string | null;
    /**
     * What was looked at.
     */
    name: string;
    /**
     * What was found.
     */
    status: CheckStatus;
};

/**
 * Whether a server should get traffic.
 */
export type ReadinessStatus = 'ready' | 'degraded' | 'not_ready';

/**
 * Asks for a document to be indexed again; absent fields take the server's defaults.
 */
export type ReindexRequest = {
    /**
     * How much neighbouring passages share, in characters.
     */
    chunk_overlap_chars?: number | null;
    /**
     * The longest passage, in characters.
     */
    chunk_size_chars?: number | null;
};

/**
 * `request.accepted`: every gate was passed, or the refusal follows in the stream.
 */
export type RequestAccepted = {
    /**
     * When the run was admitted.
     */
    accepted_at: string;
};

/**
 * Requests of a window.
 */
export type RequestCounts = {
    /**
     * By class.
     */
    by_route_class: RequestsByClass;
    /**
     * All of them.
     */
    total: number;
};

/**
 * Requests by class.
 */
export type RequestsByClass = {
    /**
     * Changes.
     */
    mutation: number;
    /**
     * Operations.
     */
    ops: number;
    /**
     * Looks.
     */
    read: number;
    /**
     * Questions and searches.
     */
    run: number;
};

/**
 * `resume.unsupported`: what was missed is no longer kept.
 */
export type ResumeUnsupported = {
    /**
     * A sentence for people.
     */
    message: string;
};

/**
 * Asks for a new version of the key.
 */
export type RotateKey = {
    /**
     * Whether a rotation that goes on is cancelled for this one.
     */
    force?: boolean;
    /**
     * Why.
     */
    reason?: string | null;
    /**
     * Whether what older versions sealed is sealed anew.
     */
    reencrypt?: boolean;
};

/**
 * A thing that a rotation could not read.
 */
export type RotationFailure = {
    /**
     * How often it was tried.
     */
    attempts: number;
    /**
     * Why.
     */
    error_code: string;
    /**
     * What kind of thing.
     */
    kind: string;
    /**
     * Its name.
     */
    name: string;
};

/**
 * A rotation of the key of a tenant.
 */
export type RotationJob = {
    /**
     * When it was over.
     */
    completed_at?: string | null;
    /**
     * Why it failed.
     */
    error_code?: string | null;
    /**
     * The same in words.
     */
    error_message?: string | null;
    /**
     * How many could not be read and stay where they are.
     */
    failed_items: number;
    /**
     * What could not be read, a hundred at most.
     */
    failures: Array<RotationFailure>;
    /**
     * The version before.
     */
    from_key_id: string;
    /**
     * Its id.
     */
    id: string;
    /**
     * How many were sealed anew.
     */
    processed_items: number;
    /**
     * When a worker began.
     */
    started_at?: string | null;
    /**
     * `queued`, `running`, `paused`, `completed` or `failed`.
     */
    status: string;
    /**
     * Whose keys.
     */
    tenant_id: string;
    /**
     * The version since.
     */
    to_key_id: string;
    /**
     * How many things were under older versions when it began.
     */
    total_items: number;
};

/**
 * One event of a run.
 */
export type RunEvent = {
    data: RequestAccepted;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'request.accepted';
} | {
    data: SlaNotice;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'sla.warn';
} | {
    data: SlaNotice;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'sla.degrade.applied';
} | {
    data: SlaShed;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'sla.shed';
} | {
    data: CostNotice;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'cost.warn';
} | {
    data: CostNotice;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'cost.degraded';
} | {
    data: CostCapped;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'cost.capped';
} | {
    data: DebugRetrieval;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'debug.retrieval';
} | {
    data: TokenDelta;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'token.delta';
} | {
    data: MessageFinal;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'message.final';
} | {
    data: AudioReady;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'audio.ready';
} | {
    data: StreamError;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'audio.error';
} | {
    data: StreamError;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'error';
} | {
    data: ResumeUnsupported;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'resume.unsupported';
} | {
    data: Done;
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The conversation.
     */
    session_id: string;
    type: 'done';
} | {
    /**
     * The id of the run.
     */
    request_id: string;
    /**
     * The event's number, counted from 1; equal to the frame's `id`.
     */
    seq: number;
    /**
     * The server's clock, ISO 8601.
     */
    ts: string;
};

/**
 * What an answer rests on, and the proof that the log says so.
 */
export type RunReceipt = {
    /**
     * The event of the audit log that is the receipt, as it is hashed; `metadata_json.receipt` says what the answer rests on.
     */
    event: {
        [key: string]: unknown;
    };
    proof?: AuditProof | null;
    /**
     * The run.
     */
    run_id: string;
};

/**
 * Asks a question about a corpus.
 */
export type RunRequest = {
    /**
     * Whether to speak the answer as well.
     */
    audio?: boolean;
    /**
     * The corpus to answer from.
     */
    corpus_id: string;
    /**
     * The question.
     */
    message: string;
    /**
     * The conversation the question belongs to; its first use creates it.
     */
    session_id: string;
    /**
     * How many passages to look at, 1 to 50; the corpus' or the server's default when it is absent.
     */
    top_k?: number | null;
};

/**
 * Which documents to look at. All that is given has to hold.
 */
export type SearchFilter = {
    /**
     * Labels by name, each with the text that it has to be or a list of texts of which it has to be one.
     */
    labels?: {
        [key: string]: unknown;
    };
    /**
     * Metadata by dotted path, each with a value that it has to be or contain, or a list of values of which one will do.
     */
    metadata?: {
        [key: string]: unknown;
    };
};

/**
 * Looks for passages of a corpus.
 */
export type SearchRequest = {
    filter?: SearchFilter | null;
    /**
     * The question, or a few words.
     */
    query: string;
    /**
     * How many passages, 1 to 50; the corpus' default when it is absent.
     */
    top_k?: number | null;
};

/**
 * What was found.
 */
export type SearchResults = {
    /**
     * Whole passages, best first, in the form in which answers cite them.
     */
    items: Array<Citation>;
    /**
     * The provider that was asked.
     */
    provider: string;
};

/**
 * How far a measurement can be trusted.
 */
export type SignalQuality = 'ok' | 'degraded';

/**
 * Asks what would be decided if there were one policy more.
 */
export type SimulateDraftRequest = {
    /**
     * The action, such as `read`.
     */
    action: string;
    /**
     * Whether to tell which of the existing documents the principal would gain and lose.
     */
    compare_documents?: boolean;
    /**
     * Everything else that is known; the other objects are laid over it.
     */
    context?: {
        [key: string]: unknown;
    } | null;
    /**
     * A document whose attributes and grants count. What is not said of a known user is looked up then.
     */
    document_id?: string | null;
    /**
     * The policy that does not exist yet.
     */
    draft: CreatePolicy;
    /**
     * Who asks; the tenant is the caller's.
     */
    principal?: {
        [key: string]: unknown;
    } | null;
    /**
     * The request; its time is now unless it says another.
     */
    request?: {
        [key: string]: unknown;
    } | null;
    /**
     * What is acted upon; laid over the attributes of the document where one is named.
     */
    resource?: {
        [key: string]: unknown;
    } | null;
    /**
     * The type of the resource, such as `document`.
     */
    resource_type: string;
};

/**
 * Asks what would be decided if a policy counted, or if it said something else.
 */
export type SimulateRequest = {
    /**
     * The action, such as `read`.
     */
    action: string;
    /**
     * Whether to tell which of the existing documents the principal would gain and lose.
     */
    compare_documents?: boolean;
    /**
     * Everything else that is known; the other objects are laid over it.
     */
    context?: {
        [key: string]: unknown;
    } | null;
    /**
     * A document whose attributes and grants count. What is not said of a known user is looked up then.
     */
    document_id?: string | null;
    draft?: PatchPolicy | null;
    /**
     * Who asks; the tenant is the caller's.
     */
    principal?: {
        [key: string]: unknown;
    } | null;
    /**
     * The request; its time is now unless it says another.
     */
    request?: {
        [key: string]: unknown;
    } | null;
    /**
     * What is acted upon; laid over the attributes of the document where one is named.
     */
    resource?: {
        [key: string]: unknown;
    } | null;
    /**
     * The type of the resource, such as `document`.
     */
    resource_type: string;
};

/**
 * What would be decided.
 */
export type Simulation = {
    acl?: SimulationAcl | null;
    /**
     * Whether policies would allow it.
     */
    allowed: boolean;
    /**
     * What would be different from now.
     */
    difference: SimulationDifference;
    /**
     * Every policy whose condition holds, highest priority first.
     */
    matched_policies: Array<string>;
    /**
     * The policy that would decide, if one does.
     */
    matched_policy_id?: string | null;
    /**
     * Why, such as `policy_deny` or `default_deny`.
     */
    reason: string;
    /**
     * Every policy for this action on this type of resource, highest priority first.
     */
    trace: Array<SimulationStep>;
};

/**
 * What grants say.
 */
export type SimulationAcl = {
    /**
     * Whether they allow it.
     */
    allowed: boolean;
    /**
     * Whether the principal needs none, as administrators where the installation says so.
     */
    bypassed: boolean;
    /**
     * The grants on the document and its corpus that speak to the principal, ended ones included.
     */
    grants: Array<Grant>;
};

/**
 * What would be different from now.
 */
export type SimulationDifference = {
    /**
     * Whether policies allow it now.
     */
    allowed_now: boolean;
    documents?: DocumentDifference | null;
    /**
     * Why.
     */
    reason_now: string;
};

/**
 * What one policy says.
 */
export type SimulationStep = {
    /**
     * Whether it decides.
     */
    decisive: boolean;
    /**
     * What it does when its condition holds.
     */
    effect: PolicyEffect;
    /**
     * Whether its condition holds.
     */
    matched: boolean;
    /**
     * The policy.
     */
    policy_id: string;
    /**
     * Whether its condition holds and another policy decides.
     */
    shadowed: boolean;
};

/**
 * Which policy counts for a tenant.
 */
export type SlaAssignment = {
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * From when on it counts.
     */
    effective_from: string;
    /**
     * Until when it counts.
     */
    effective_to?: string | null;
    /**
     * Its id.
     */
    id: string;
    /**
     * What is laid over the policy's document.
     */
    override_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * When it takes over.
     */
    planned_from?: string | null;
    /**
     * The policy that takes over later, if one is assigned.
     */
    planned_policy_id?: string | null;
    /**
     * The policy.
     */
    policy_id: string;
    /**
     * The tenant.
     */
    tenant_id: string;
    /**
     * When it was last changed.
     */
    updated_at: string;
};

/**
 * What a service level at risk changes about a run.
 */
export type SlaDegradeActions = {
    /**
     * Whether the answer is not spoken.
     */
    disable_audio?: boolean | null;
    /**
     * The most tokens generated.
     */
    max_output_tokens?: number | null;
    /**
     * The retrieval providers to use instead, best first.
     */
    provider_fallback_order?: Array<string> | null;
    /**
     * The most passages looked at.
     */
    top_k_floor?: number | null;
};

/**
 * A breach of a policy, from its beginning to its end.
 */
export type SlaIncident = {
    /**
     * The worst of what is broken, such as `availability` or `latency_p95`.
     */
    breach_type: string;
    /**
     * What was measured last.
     */
    details_json?: unknown;
    /**
     * When it was seen first.
     */
    first_breach_at: string;
    /**
     * Its id.
     */
    id: string;
    /**
     * When it was seen last.
     */
    last_breach_at: string;
    /**
     * The policy that is broken.
     */
    policy_id: string;
    /**
     * When it was over.
     */
    resolved_at?: string | null;
    /**
     * The requests that break it.
     */
    route_class: SlaRouteClass;
    /**
     * `sev1`, `sev2` or `sev3`; the worst that it was.
     */
    severity: string;
    /**
     * How far it has come.
     */
    status: SlaIncidentStatus;
    /**
     * The tenant.
     */
    tenant_id: string;
};

/**
 * Breaches.
 */
export type SlaIncidentList = {
    /**
     * The incidents, newest first.
     */
    items: Array<SlaIncident>;
};

/**
 * How far an incident has come.
 */
export type SlaIncidentStatus = 'open' | 'mitigating' | 'resolved';

/**
 * What was measured in a window.
 */
export type SlaMeasurement = {
    /**
     * The share that did not fail.
     */
    availability_pct?: number | null;
    /**
     * When it was last counted.
     */
    computed_at: string;
    /**
     * Those that failed by the platform's fault.
     */
    error_count: number;
    /**
     * Made of the class and the window.
     */
    id: string;
    /**
     * The time that half of them took at most, in milliseconds.
     */
    p50_ms?: number | null;
    /**
     * The time that 95 of 100 took at most.
     */
    p95_ms?: number | null;
    /**
     * The time that 99 of 100 took at most.
     */
    p99_ms?: number | null;
    /**
     * Requests that were answered, well or not. What was refused is not among them.
     */
    request_count: number;
    /**
     * What was measured.
     */
    route_class: SlaRouteClass;
    /**
     * How full things were.
     */
    saturation_pct?: number | null;
    /**
     * The tenant.
     */
    tenant_id: string;
    /**
     * Where the window ends.
     */
    window_end: string;
    /**
     * Where the window begins.
     */
    window_start: string;
};

/**
 * What was measured.
 */
export type SlaMeasurementList = {
    /**
     * The windows, newest first.
     */
    items: Array<SlaMeasurement>;
};

/**
 * `sla.warn` and `sla.degrade.applied`: the tenant's service level is at risk, and what is done about it.
 */
export type SlaNotice = {
    /**
     * What was decided.
     */
    decision: string;
    /**
     * What was changed about this run; empty for a warning.
     */
    degrade_actions?: SlaDegradeActions;
    /**
     * The policy that was evaluated.
     */
    policy_id?: string | null;
    /**
     * What an operator could do.
     */
    recommended_actions?: Array<string>;
    /**
     * The state of the service level.
     */
    status: string;
    /**
     * When the measured window ends.
     */
    window_end?: string | null;
};

/**
 * A policy for service levels.
 */
export type SlaPolicy = {
    /**
     * What it promises, and what is done when that is not kept.
     */
    config_json: {
        [key: string]: unknown;
    };
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * The credential that made it.
     */
    created_by?: string | null;
    /**
     * Whether it counts.
     */
    enabled: boolean;
    /**
     * Its id.
     */
    id: string;
    /**
     * What people call it.
     */
    name: string;
    /**
     * The tenant; absent for a policy of the operator, which counts for everybody without an assignment.
     */
    tenant_id?: string | null;
    /**
     * What people sell it as.
     */
    tier: SlaTier;
    /**
     * When it was last changed.
     */
    updated_at: string;
    /**
     * Counts the changes.
     */
    version: number;
};

/**
 * Policies for service levels.
 */
export type SlaPolicyList = {
    /**
     * The policies, newest first.
     */
    items: Array<SlaPolicy>;
};

/**
 * What requests are measured together.
 */
export type SlaRouteClass = 'run' | 'read' | 'mutation' | 'ingest' | 'ops' | 'admin';

/**
 * `sla.shed`: the run is refused to protect the service level.
 */
export type SlaShed = {
    /**
     * The policy that was evaluated.
     */
    policy_id?: string | null;
    /**
     * The state of the service level.
     */
    status: string;
    /**
     * When the measured window ends.
     */
    window_end?: string | null;
};

/**
 * What people sell a policy as.
 */
export type SlaTier = 'standard' | 'pro' | 'enterprise' | 'custom';

/**
 * Bytes, and not a list of numbers as the document would make of them.
 */
export type Sound = Blob | File;

/**
 * What a month cost, told apart in one way.
 */
export type SpendBreakdown = {
    /**
     * The parts.
     */
    breakdown: {
        [key: string]: Dollars;
    };
    /**
     * By what.
     */
    by: string;
    /**
     * Always `month`.
     */
    period: string;
    /**
     * The month.
     */
    year_month: string;
};

/**
 * What was spent in an hour or a day.
 */
export type SpendPoint = {
    /**
     * Its beginning.
     */
    ts: string;
    /**
     * Dollars.
     */
    value_usd: Dollars;
};

/**
 * Spending over time. Hours or days in which nothing was spent are left out.
 */
export type SpendSeries = {
    /**
     * `day` or `hour`.
     */
    granularity: string;
    /**
     * The points, in the order of time.
     */
    points: Array<SpendPoint>;
    /**
     * How many days, today included.
     */
    window_days: number;
};

/**
 * What a month cost, by parts that each add up to the total.
 */
export type SpendSummary = {
    /**
     * By part of the work.
     */
    by_component: {
        [key: string]: Dollars;
    };
    /**
     * By who does it.
     */
    by_provider: {
        [key: string]: Dollars;
    };
    /**
     * By what was asked for.
     */
    by_route_class: {
        [key: string]: Dollars;
    };
    /**
     * Always `month`.
     */
    period: string;
    snapshot?: BudgetSnapshot | null;
    /**
     * All of it.
     */
    total_usd: Dollars;
    /**
     * The month.
     */
    year_month: string;
};

/**
 * `error` and `audio.error`: the run, or only its speech, failed.
 */
export type StreamError = {
    /**
     * A stable code to branch on.
     */
    code: string;
    /**
     * A sentence for people.
     */
    message: string;
};

/**
 * Who moved a switch, when, and why.
 */
export type SwitchNote = {
    /**
     * When the default counts again.
     */
    expires_at?: string | null;
    /**
     * Why.
     */
    reason?: string | null;
    /**
     * The key that moved it.
     */
    set_by: string;
    /**
     * When.
     */
    updated_at: string;
};

/**
 * An API key of the tenant, without its secret.
 */
export type TenantKey = {
    /**
     * When it was made.
     */
    created_at: string;
    /**
     * When it stops being accepted.
     */
    expires_at?: string | null;
    /**
     * Whether it is accepted now.
     */
    is_active: boolean;
    /**
     * The key's id; not a secret.
     */
    key_id: string;
    /**
     * The first characters of the key, to recognise it by.
     */
    key_prefix: string;
    /**
     * When it was last accepted.
     */
    last_used_at?: string | null;
    /**
     * What people call it.
     */
    name?: string | null;
    /**
     * When it was revoked.
     */
    revoked_at?: string | null;
    /**
     * The role of its user.
     */
    role: string;
};

/**
 * The API keys of the tenant, newest first.
 */
export type TenantKeyList = {
    /**
     * The keys.
     */
    items: Array<TenantKey>;
};

/**
 * The plan of a tenant.
 */
export type TenantPlan = {
    /**
     * Since when; absent where the default plan counts.
     */
    effective_from?: string | null;
    /**
     * Until when.
     */
    effective_to?: string | null;
    /**
     * Every feature, by its key, with what the operator decided for this tenant.
     */
    entitlements: Array<Entitlement>;
    /**
     * Whether it was assigned, and is not the default.
     */
    is_active: boolean;
    /**
     * The plan that counts now.
     */
    plan_id: string;
    /**
     * Its name for people.
     */
    plan_name?: string | null;
    quota?: QuotaSnapshot | null;
    /**
     * The tenant.
     */
    tenant_id: string;
    /**
     * What was agreed on for later, in the order of its dates.
     */
    upcoming?: Array<PlannedPlan>;
};

/**
 * What a tenant has used in a period.
 */
export type TenantUsage = {
    /**
     * Tokens, where they are counted.
     */
    estimated_tokens_count?: number | null;
    /**
     * The first day of the period, in UTC.
     */
    period_start: string;
    /**
     * `day` or `month`.
     */
    period_type: string;
    /**
     * Units.
     */
    requests_count: number;
    /**
     * The tenant.
     */
    tenant_id: string;
};

/**
 * Asks for a text to be ingested as a document.
 */
export type TextDocument = {
    /**
     * How much neighbouring passages share, in characters.
     */
    chunk_overlap_chars?: number | null;
    /**
     * The longest passage, in characters.
     */
    chunk_size_chars?: number | null;
    /**
     * The corpus the document goes to.
     */
    corpus_id: string;
    /**
     * The id to use; the server makes one when it is absent.
     */
    document_id?: string | null;
    /**
     * The file name to show; `raw_text.txt` when it is absent.
     */
    filename?: string | null;
    /**
     * Anything to store with the document; an object under `labels` becomes the document's labels.
     */
    metadata_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whether to replace a document that already has this id.
     */
    overwrite?: boolean;
    /**
     * The text; it may not be blank.
     */
    text: string;
};

/**
 * `token.delta`: the next piece of the answer.
 */
export type TokenDelta = {
    /**
     * Text to append to what came before.
     */
    delta: string;
};

/**
 * Something that was set going.
 */
export type UiAction = {
    /**
     * When it was accepted.
     */
    accepted_at: string;
    /**
     * Its id, which is the one of the job.
     */
    action_id: string;
    /**
     * What to show at once, before it has happened.
     */
    optimistic: UiOptimistic;
    /**
     * Where to ask how far it got.
     */
    poll_url: string;
    /**
     * `accepted`.
     */
    status: string;
};

/**
 * Something that happened.
 */
export type UiActivity = {
    /**
     * The credential of the actor.
     */
    actor_id?: string | null;
    /**
     * How the actor was identified.
     */
    actor_type?: string | null;
    /**
     * What happened.
     */
    event_type: string;
    /**
     * Its number, as in the audit log.
     */
    id: number;
    /**
     * When it happened.
     */
    occurred_at: string;
    /**
     * How it ended.
     */
    outcome: AuditOutcome;
    /**
     * The thing that it was done to.
     */
    resource_id?: string | null;
    /**
     * The kind of thing that it was done to.
     */
    resource_type?: string | null;
    /**
     * The same in a line.
     */
    summary: string;
};

/**
 * What there is of the events that fit, whichever type was asked for.
 */
export type UiActivityFacets = {
    /**
     * By type, the most frequent first.
     */
    event_type: Array<UiFacet>;
};

/**
 * A page of what happened.
 */
export type UiActivityPage = {
    /**
     * What there is on all pages.
     */
    facets: UiActivityFacets;
    /**
     * The events.
     */
    items: Array<UiActivity>;
    /**
     * Where the list goes on.
     */
    page: UiPageInfo;
};

/**
 * Something that somebody should know.
 */
export type UiAlert = {
    /**
     * What it is.
     */
    id: string;
    /**
     * A sentence for people.
     */
    message: string;
    /**
     * `warning` or `info`.
     */
    severity: string;
};

/**
 * The API that answers.
 */
export type UiApi = {
    /**
     * Its version.
     */
    version: string;
};

/**
 * Who asks, and what he may use.
 */
export type UiBootstrap = {
    /**
     * The API.
     */
    api: UiApi;
    /**
     * What the plan includes, by the key of the feature.
     */
    entitlements: {
        [key: string]: UiEntitlement;
    };
    /**
     * What would work now.
     */
    feature_flags: UiFeatureFlags;
    /**
     * The plan of the tenant.
     */
    plan: UiPlan;
    /**
     * Who asks.
     */
    principal: UiPrincipal;
    quota_snapshot?: QuotaSnapshot | null;
    /**
     * The time of the server.
     */
    server_time: string;
};

/**
 * A figure.
 */
export type UiCard = {
    /**
     * What it is.
     */
    id: string;
    /**
     * What is to be said of it.
     */
    subtitle?: string | null;
    /**
     * What it is called.
     */
    title: string;
    /**
     * The figure.
     */
    value: string;
};

/**
 * A series.
 */
export type UiChart = {
    /**
     * What it is.
     */
    id: string;
    /**
     * Its points, oldest first.
     */
    points: Array<UsagePoint>;
};

/**
 * The series of a dashboard.
 */
export type UiCharts = {
    /**
     * Requests by day, every day of the window, today last.
     */
    requests: UiChart;
};

/**
 * Figures of the last days.
 */
export type UiDashboard = {
    /**
     * What somebody should know: `quota-soft-cap`, `rate-limit`, and the last five events as `audit-0` to `audit-4`.
     */
    alerts: Array<UiAlert>;
    /**
     * `requests`, `quota_day`, `quota_month` and `rate_limits`; those of quotas are absent where nothing is counted.
     */
    cards: Array<UiCard>;
    /**
     * Series.
     */
    charts: UiCharts;
};

/**
 * A document in a list.
 */
export type UiDocument = {
    /**
     * The media type, by the content.
     */
    content_type: string;
    /**
     * Its corpus.
     */
    corpus_id: string;
    /**
     * When it was created.
     */
    created_at: string;
    /**
     * The name of its file.
     */
    filename: string;
    /**
     * Its id.
     */
    id: string;
    /**
     * When it was last indexed again.
     */
    last_reindexed_at?: string | null;
    /**
     * How far ingestion got.
     */
    status: DocumentStatus;
    /**
     * When anything about it last changed.
     */
    updated_at: string;
};

/**
 * What there is of the documents that fit and that the caller may read, on all pages.
 */
export type UiDocumentFacets = {
    /**
     * By status, the most frequent first; absent where only a look at each of very many documents could tell.
     */
    status?: Array<UiFacet> | null;
};

/**
 * A page of documents.
 */
export type UiDocumentPage = {
    /**
     * What there is on all pages.
     */
    facets: UiDocumentFacets;
    /**
     * The documents.
     */
    items: Array<UiDocument>;
    /**
     * Where the list goes on.
     */
    page: UiPageInfo;
};

/**
 * What a plan says of a feature.
 */
export type UiEntitlement = {
    /**
     * Its particulars.
     */
    config_json?: {
        [key: string]: unknown;
    } | null;
    /**
     * Whether it is included.
     */
    enabled: boolean;
};

/**
 * A value, and how many items have it.
 */
export type UiFacet = {
    /**
     * How many.
     */
    count: number;
    /**
     * The value.
     */
    value: string;
};

/**
 * What would work now for the tenant, whatever the role.
 */
export type UiFeatureFlags = {
    /**
     * The audit log, and with it the dashboard and the activity.
     */
    audit_access: boolean;
    /**
     * Trying the billing webhook: the plan includes it, and somebody receives billing events.
     */
    billing_webhook_test: boolean;
    /**
     * The view of operations.
     */
    ops_admin_access: boolean;
    /**
     * Spoken answers: the plan includes them, there is a voice, and no switch stops it.
     */
    tts_enabled: boolean;
};

/**
 * What to show at once.
 */
export type UiOptimistic = {
    /**
     * The kind of thing.
     */
    entity: string;
    /**
     * The thing.
     */
    id: string;
    /**
     * The fields that differ.
     */
    patch: UiPatch;
};

/**
 * Where a list goes on.
 */
export type UiPageInfo = {
    /**
     * Whether there is a next page.
     */
    has_more: boolean;
    /**
     * The `cursor` of the next page, with the same query; absent on the last page.
     */
    next_cursor?: string | null;
};

/**
 * The fields of a document that differ.
 */
export type UiPatch = {
    /**
     * How far ingestion will be.
     */
    status: DocumentStatus;
};

/**
 * A plan by its name.
 */
export type UiPlan = {
    /**
     * Its id.
     */
    plan_id: string;
    /**
     * Its name for people.
     */
    plan_name?: string | null;
};

/**
 * Who asks.
 */
export type UiPrincipal = {
    /**
     * The id of the key; absent for who came in by other means.
     */
    api_key_id?: string | null;
    /**
     * The role.
     */
    role: string;
    /**
     * The user.
     */
    subject_id?: string | null;
    /**
     * The tenant.
     */
    tenant_id: string;
};

/**
 * Asks for a document to be indexed again.
 */
export type UiReindex = {
    /**
     * The document.
     */
    document_id: string;
    /**
     * As the header `Idempotency-Key`, and instead of it.
     */
    idempotency_key?: string | null;
};

/**
 * A request for a larger plan.
 */
export type UpgradeRequest = {
    /**
     * Its number.
     */
    request_id: number;
    /**
     * `pending`, until the operator assigns a plan.
     */
    status: string;
};

/**
 * A file with its corpus.
 */
export type UploadForm = {
    /**
     * Characters that neighbouring chunks share.
     */
    chunk_overlap_chars?: number | null;
    /**
     * Characters of a chunk at most.
     */
    chunk_size_chars?: number | null;
    /**
     * The corpus.
     */
    corpus_id: string;
    /**
     * The id of the document; the server chooses one otherwise.
     */
    document_id?: string | null;
    /**
     * The file: text, Markdown, HTML, CSV, JSON, PDF, DOCX, PPTX, XLSX or e-mail. Its content decides
     * which; its declared type and name are hints.
     */
    file: Blob | File;
    /**
     * What to attach, as a JSON object; `labels` and `title` in it have a meaning.
     */
    metadata_json?: string | null;
    /**
     * Whether to replace a document that is there.
     */
    overwrite?: boolean | null;
};

/**
 * A day of a time series.
 */
export type UsagePoint = {
    /**
     * The day, in UTC.
     */
    ts: string;
    /**
     * How many.
     */
    value: number;
};

/**
 * What a tenant uses.
 */
export type UsageSummary = {
    /**
     * Documents, whenever they came.
     */
    ingestion: IngestionCounts;
    quota?: QuotaSnapshot | null;
    /**
     * Requests that a rate limit turned away.
     */
    rate_limit_hits: RateLimitHits;
    /**
     * Requests.
     */
    requests: RequestCounts;
    /**
     * The days that requests are counted over, today included.
     */
    window_days: number;
};

/**
 * Use by day, every day of the window.
 */
export type UsageTimeseries = {
    /**
     * How long a point is.
     */
    granularity: string;
    /**
     * What is counted.
     */
    metric: string;
    /**
     * The points, oldest first, today last.
     */
    points: Array<UsagePoint>;
};

/**
 * What became of a billing event that was sent to try it out.
 */
export type WebhookTest = {
    /**
     * The id of the delivery, as the receiver saw it.
     */
    delivery_id: string;
    /**
     * A sentence for people.
     */
    message: string;
    /**
     * Whether the receiver took it.
     */
    sent: boolean;
    /**
     * What it answered, if it did.
     */
    status_code?: number | null;
};

/**
 * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
 */
export type IdempotencyKey = string;

export type ListTenantApiKeysData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The caller's own tenant; another one is refused.
         */
        tenant_id?: string;
        /**
         * After how many days without use a key counts as inactive.
         */
        inactive_days?: number;
        /**
         * Only inactive keys.
         */
        include_only_inactive?: boolean;
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/admin/api-keys';
};

export type ListTenantApiKeysResponses = {
    /**
     * The keys
     */
    200: EnvelopeApiKeyList;
};

export type ListTenantApiKeysResponse = ListTenantApiKeysResponses[keyof ListTenantApiKeysResponses];

export type PatchApiKeyData = {
    body: PatchApiKey;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The key
         */
        key_id: string;
    };
    query?: never;
    url: '/v1/admin/api-keys/{key_id}';
};

export type PatchApiKeyResponses = {
    /**
     * The key
     */
    200: EnvelopeAdminKey;
};

export type PatchApiKeyResponse = PatchApiKeyResponses[keyof PatchApiKeyResponses];

export type ListCorpusPermissionsData = {
    body?: never;
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/corpora/{corpus_id}/permissions';
};

export type ListCorpusPermissionsResponses = {
    /**
     * The grants
     */
    200: EnvelopeGrantList;
};

export type ListCorpusPermissionsResponse = ListCorpusPermissionsResponses[keyof ListCorpusPermissionsResponses];

export type GrantCorpusPermissionData = {
    body: CreateGrant;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/corpora/{corpus_id}/permissions';
};

export type GrantCorpusPermissionResponses = {
    /**
     * The grant
     */
    201: EnvelopeGrant;
};

export type GrantCorpusPermissionResponse = GrantCorpusPermissionResponses[keyof GrantCorpusPermissionResponses];

export type GrantCorpusPermissionsData = {
    body: CreateGrants;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/corpora/{corpus_id}/permissions/bulk';
};

export type GrantCorpusPermissionsResponses = {
    /**
     * The new and renewed grants
     */
    201: EnvelopeGrantList;
};

export type GrantCorpusPermissionsResponse = GrantCorpusPermissionsResponses[keyof GrantCorpusPermissionsResponses];

export type RevokeCorpusPermissionData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
        /**
         * The grant
         */
        permission_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/corpora/{corpus_id}/permissions/{permission_id}';
};

export type RevokeCorpusPermissionResponses = {
    /**
     * The grant that was taken back
     */
    200: EnvelopeGrant;
};

export type RevokeCorpusPermissionResponse = RevokeCorpusPermissionResponses[keyof RevokeCorpusPermissionResponses];

export type PatchCorpusPermissionData = {
    body: PatchGrant;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
        /**
         * The grant
         */
        permission_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/corpora/{corpus_id}/permissions/{permission_id}';
};

export type PatchCorpusPermissionResponses = {
    /**
     * The grant
     */
    200: EnvelopeGrant;
};

export type PatchCorpusPermissionResponse = PatchCorpusPermissionResponses[keyof PatchCorpusPermissionResponses];

export type GetDocumentLabelsData = {
    body?: never;
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/labels';
};

export type GetDocumentLabelsResponses = {
    /**
     * The labels
     */
    200: EnvelopeLabels;
};

export type GetDocumentLabelsResponse = GetDocumentLabelsResponses[keyof GetDocumentLabelsResponses];

export type PutDocumentLabelsData = {
    body: Labels;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/labels';
};

export type PutDocumentLabelsResponses = {
    /**
     * The labels
     */
    200: EnvelopeLabels;
};

export type PutDocumentLabelsResponse = PutDocumentLabelsResponses[keyof PutDocumentLabelsResponses];

export type ListDocumentPermissionsData = {
    body?: never;
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/permissions';
};

export type ListDocumentPermissionsResponses = {
    /**
     * The grants
     */
    200: EnvelopeGrantList;
};

export type ListDocumentPermissionsResponse = ListDocumentPermissionsResponses[keyof ListDocumentPermissionsResponses];

export type GrantDocumentPermissionData = {
    body: CreateGrant;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/permissions';
};

export type GrantDocumentPermissionResponses = {
    /**
     * The grant
     */
    201: EnvelopeGrant;
};

export type GrantDocumentPermissionResponse = GrantDocumentPermissionResponses[keyof GrantDocumentPermissionResponses];

export type GrantDocumentPermissionsData = {
    body: CreateGrants;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/permissions/bulk';
};

export type GrantDocumentPermissionsResponses = {
    /**
     * The new and renewed grants
     */
    201: EnvelopeGrantList;
};

export type GrantDocumentPermissionsResponse = GrantDocumentPermissionsResponses[keyof GrantDocumentPermissionsResponses];

export type RevokeDocumentPermissionData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
        /**
         * The grant
         */
        permission_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/permissions/{permission_id}';
};

export type RevokeDocumentPermissionResponses = {
    /**
     * The grant that was taken back
     */
    200: EnvelopeGrant;
};

export type RevokeDocumentPermissionResponse = RevokeDocumentPermissionResponses[keyof RevokeDocumentPermissionResponses];

export type PatchDocumentPermissionData = {
    body: PatchGrant;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
        /**
         * The grant
         */
        permission_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/documents/{document_id}/permissions/{permission_id}';
};

export type PatchDocumentPermissionResponses = {
    /**
     * The grant
     */
    200: EnvelopeGrant;
};

export type PatchDocumentPermissionResponse = PatchDocumentPermissionResponses[keyof PatchDocumentPermissionResponses];

export type ListDocumentReadersData = {
    body?: never;
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: {
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/admin/authz/documents/{document_id}/readers';
};

export type ListDocumentReadersResponses = {
    /**
     * The readers
     */
    200: EnvelopeReaderList;
};

export type ListDocumentReadersResponse = ListDocumentReadersResponses[keyof ListDocumentReadersResponses];

export type CreateGlobalPolicyData = {
    body: CreatePolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/authz/global-policies';
};

export type CreateGlobalPolicyResponses = {
    /**
     * The policy
     */
    201: EnvelopePolicy;
};

export type CreateGlobalPolicyResponse = CreateGlobalPolicyResponses[keyof CreateGlobalPolicyResponses];

export type DeleteGlobalPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/global-policies/{policy_id}';
};

export type DeleteGlobalPolicyResponses = {
    /**
     * Deleted
     */
    204: void;
};

export type DeleteGlobalPolicyResponse = DeleteGlobalPolicyResponses[keyof DeleteGlobalPolicyResponses];

export type PatchGlobalPolicyData = {
    body: PatchPolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/global-policies/{policy_id}';
};

export type PatchGlobalPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type PatchGlobalPolicyResponse = PatchGlobalPolicyResponses[keyof PatchGlobalPolicyResponses];

export type DisableGlobalPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/global-policies/{policy_id}/disable';
};

export type DisableGlobalPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type DisableGlobalPolicyResponse = DisableGlobalPolicyResponses[keyof DisableGlobalPolicyResponses];

export type EnableGlobalPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/global-policies/{policy_id}/enable';
};

export type EnableGlobalPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type EnableGlobalPolicyResponse = EnableGlobalPolicyResponses[keyof EnableGlobalPolicyResponses];

export type ListPoliciesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Whether those of the operator, which bind every tenant, are listed too.
         */
        include_global?: boolean;
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/admin/authz/policies';
};

export type ListPoliciesResponses = {
    /**
     * The policies
     */
    200: EnvelopePolicyList;
};

export type ListPoliciesResponse = ListPoliciesResponses[keyof ListPoliciesResponses];

export type CreatePolicyData = {
    body: CreatePolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/authz/policies';
};

export type CreatePolicyResponses = {
    /**
     * The policy
     */
    201: EnvelopePolicy;
};

export type CreatePolicyResponse = CreatePolicyResponses[keyof CreatePolicyResponses];

export type DeletePolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/policies/{policy_id}';
};

export type DeletePolicyResponses = {
    /**
     * Deleted
     */
    204: void;
};

export type DeletePolicyResponse = DeletePolicyResponses[keyof DeletePolicyResponses];

export type GetPolicyData = {
    body?: never;
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/policies/{policy_id}';
};

export type GetPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type GetPolicyResponse = GetPolicyResponses[keyof GetPolicyResponses];

export type PatchPolicyData = {
    body: PatchPolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/policies/{policy_id}';
};

export type PatchPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type PatchPolicyResponse = PatchPolicyResponses[keyof PatchPolicyResponses];

export type DisablePolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/policies/{policy_id}/disable';
};

export type DisablePolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type DisablePolicyResponse = DisablePolicyResponses[keyof DisablePolicyResponses];

export type EnablePolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/policies/{policy_id}/enable';
};

export type EnablePolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopePolicy;
};

export type EnablePolicyResponse = EnablePolicyResponses[keyof EnablePolicyResponses];

export type SimulatePolicyData = {
    body: SimulateRequest;
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/authz/policies/{policy_id}/simulate';
};

export type SimulatePolicyResponses = {
    /**
     * What would be decided
     */
    200: EnvelopeSimulation;
};

export type SimulatePolicyResponse = SimulatePolicyResponses[keyof SimulatePolicyResponses];

export type ListReadableDocumentsData = {
    body?: never;
    path: {
        /**
         * The user
         */
        user_id: string;
    };
    query?: {
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/admin/authz/principals/user/{user_id}/documents';
};

export type ListReadableDocumentsResponses = {
    /**
     * The documents
     */
    200: EnvelopeReadableList;
};

export type ListReadableDocumentsResponse = ListReadableDocumentsResponses[keyof ListReadableDocumentsResponses];

export type ListPrincipalPermissionsData = {
    body?: never;
    path: {
        /**
         * user, api_key, group or role
         */
        principal_type: string;
        /**
         * The principal
         */
        principal_id: string;
    };
    query?: {
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/admin/authz/principals/{principal_type}/{principal_id}/permissions';
};

export type ListPrincipalPermissionsResponses = {
    /**
     * The grants
     */
    200: EnvelopeGrantList;
};

export type ListPrincipalPermissionsResponse = ListPrincipalPermissionsResponses[keyof ListPrincipalPermissionsResponses];

export type SimulateDraftPolicyData = {
    body: SimulateDraftRequest;
    path?: never;
    query?: never;
    url: '/v1/admin/authz/simulate';
};

export type SimulateDraftPolicyResponses = {
    /**
     * What would be decided
     */
    200: EnvelopeSimulation;
};

export type SimulateDraftPolicyResponse = SimulateDraftPolicyResponses[keyof SimulateDraftPolicyResponses];

export type GetTenantBudgetData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/admin/costs/budget';
};

export type GetTenantBudgetResponses = {
    /**
     * The budget
     */
    200: EnvelopeCostBudget;
};

export type GetTenantBudgetResponse = GetTenantBudgetResponses[keyof GetTenantBudgetResponses];

export type PatchTenantBudgetData = {
    body: PatchCostBudget;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/costs/budget';
};

export type PatchTenantBudgetResponses = {
    /**
     * The budget
     */
    200: EnvelopeCostBudget;
};

export type PatchTenantBudgetResponse = PatchTenantBudgetResponses[keyof PatchTenantBudgetResponses];

export type GenerateChargebackData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: {
        /**
         * From when, with an offset, such as `2026-05-01T00:00:00Z`.
         */
        period_start?: string;
        /**
         * Up to when, this moment excluded; at most 366 days later.
         */
        period_end?: string;
    };
    url: '/v1/admin/costs/chargeback/generate';
};

export type GenerateChargebackResponses = {
    /**
     * The report
     */
    200: EnvelopeChargebackReport;
};

export type GenerateChargebackResponse = GenerateChargebackResponses[keyof GenerateChargebackResponses];

export type ListChargebacksData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/admin/costs/chargeback/reports';
};

export type ListChargebacksResponses = {
    /**
     * The reports
     */
    200: EnvelopeChargebackList;
};

export type ListChargebacksResponse = ListChargebacksResponses[keyof ListChargebacksResponses];

export type GetChargebackData = {
    body?: never;
    path: {
        /**
         * The report
         */
        report_id: string;
    };
    query?: never;
    url: '/v1/admin/costs/chargeback/reports/{report_id}';
};

export type GetChargebackResponses = {
    /**
     * The report
     */
    200: EnvelopeChargebackReport;
};

export type GetChargebackResponse = GetChargebackResponses[keyof GetChargebackResponses];

export type ListPricesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only those that count, or only those that do not. When there are none that count, that is an error.
         */
        active?: boolean;
    };
    url: '/v1/admin/costs/pricing/catalog';
};

export type ListPricesResponses = {
    /**
     * The prices
     */
    200: EnvelopePriceList;
};

export type ListPricesResponse = ListPricesResponses[keyof ListPricesResponses];

export type CreatePriceData = {
    body: CreatePrice;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/costs/pricing/catalog';
};

export type CreatePriceResponses = {
    /**
     * The price
     */
    201: EnvelopePrice;
};

export type CreatePriceResponse = CreatePriceResponses[keyof CreatePriceResponses];

export type PatchPriceData = {
    body: PatchPrice;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The price
         */
        price_id: string;
    };
    query?: never;
    url: '/v1/admin/costs/pricing/catalog/{price_id}';
};

export type PatchPriceResponses = {
    /**
     * The price
     */
    200: EnvelopePrice;
};

export type PatchPriceResponse = PatchPriceResponses[keyof PatchPriceResponses];

export type CreateGlobalPriceData = {
    body: CreatePrice;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/costs/pricing/global';
};

export type CreateGlobalPriceResponses = {
    /**
     * The price
     */
    201: EnvelopePrice;
};

export type CreateGlobalPriceResponse = CreateGlobalPriceResponses[keyof CreateGlobalPriceResponses];

export type PatchGlobalPriceData = {
    body: PatchPrice;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The price
         */
        price_id: string;
    };
    query?: never;
    url: '/v1/admin/costs/pricing/global/{price_id}';
};

export type PatchGlobalPriceResponses = {
    /**
     * The price
     */
    200: EnvelopePrice;
};

export type PatchGlobalPriceResponse = PatchGlobalPriceResponses[keyof PatchGlobalPriceResponses];

export type GetTenantSpendBreakdownData = {
    body?: never;
    path?: never;
    query: {
        /**
         * The only period there is.
         */
        period?: 'month';
        /**
         * The month as `YYYY-MM`; the present one otherwise.
         */
        year_month?: string;
        /**
         * By what spending is told apart.
         */
        by: 'component' | 'provider' | 'route_class';
    };
    url: '/v1/admin/costs/spend/breakdown';
};

export type GetTenantSpendBreakdownResponses = {
    /**
     * The parts
     */
    200: EnvelopeSpendBreakdown;
};

export type GetTenantSpendBreakdownResponse = GetTenantSpendBreakdownResponses[keyof GetTenantSpendBreakdownResponses];

export type GetTenantSpendSummaryData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The only period there is.
         */
        period?: 'month';
        /**
         * The month as `YYYY-MM`; the present one otherwise.
         */
        year_month?: string;
    };
    url: '/v1/admin/costs/spend/summary';
};

export type GetTenantSpendSummaryResponses = {
    /**
     * What was spent
     */
    200: EnvelopeSpendSummary;
};

export type GetTenantSpendSummaryResponse = GetTenantSpendSummaryResponses[keyof GetTenantSpendSummaryResponses];

export type GetTenantSpendTimeseriesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many days, today included; a setting of the server otherwise.
         */
        days?: number;
        /**
         * How finely spending is told over time.
         */
        granularity?: 'day' | 'hour';
    };
    url: '/v1/admin/costs/spend/timeseries';
};

export type GetTenantSpendTimeseriesResponses = {
    /**
     * The series
     */
    200: EnvelopeSpendSeries;
};

export type GetTenantSpendTimeseriesResponse = GetTenantSpendTimeseriesResponses[keyof GetTenantSpendTimeseriesResponses];

export type ListTenantKeysData = {
    body?: never;
    path: {
        /**
         * One's own tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/crypto/keys/{tenant_id}';
};

export type ListTenantKeysResponses = {
    /**
     * The keys
     */
    200: EnvelopeCryptoKeys;
};

export type ListTenantKeysResponse = ListTenantKeysResponses[keyof ListTenantKeysResponses];

export type RotateTenantKeyData = {
    body: RotateKey;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * One's own tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/crypto/keys/{tenant_id}/rotate';
};

export type RotateTenantKeyResponses = {
    /**
     * The new version, and the job
     */
    200: EnvelopeKeyRotated;
};

export type RotateTenantKeyResponse = RotateTenantKeyResponses[keyof RotateTenantKeyResponses];

export type GetRotationJobData = {
    body?: never;
    path: {
        /**
         * The job
         */
        id: string;
    };
    query?: never;
    url: '/v1/admin/crypto/rotation-jobs/{id}';
};

export type GetRotationJobResponses = {
    /**
     * The job
     */
    200: EnvelopeRotationJob;
};

export type GetRotationJobResponse = GetRotationJobResponses[keyof GetRotationJobResponses];

export type CancelRotationJobData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The job
         */
        id: string;
    };
    query?: never;
    url: '/v1/admin/crypto/rotation-jobs/{id}/cancel';
};

export type CancelRotationJobResponses = {
    /**
     * The job
     */
    200: EnvelopeRotationJob;
};

export type CancelRotationJobResponse = CancelRotationJobResponses[keyof CancelRotationJobResponses];

export type PauseRotationJobData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The job
         */
        id: string;
    };
    query?: never;
    url: '/v1/admin/crypto/rotation-jobs/{id}/pause';
};

export type PauseRotationJobResponses = {
    /**
     * The job
     */
    200: EnvelopeRotationJob;
};

export type PauseRotationJobResponse = PauseRotationJobResponses[keyof PauseRotationJobResponses];

export type ResumeRotationJobData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The job
         */
        id: string;
    };
    query?: never;
    url: '/v1/admin/crypto/rotation-jobs/{id}/resume';
};

export type ResumeRotationJobResponses = {
    /**
     * The job
     */
    200: EnvelopeRotationJob;
};

export type ResumeRotationJobResponse = ResumeRotationJobResponses[keyof ResumeRotationJobResponses];

export type ListGroupsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/admin/groups';
};

export type ListGroupsResponses = {
    /**
     * The groups
     */
    200: EnvelopeVecGroup;
};

export type ListGroupsResponse = ListGroupsResponses[keyof ListGroupsResponses];

export type CreateGroupData = {
    body: CreateGroup;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/groups';
};

export type CreateGroupResponses = {
    /**
     * The group
     */
    201: EnvelopeGroup;
};

export type CreateGroupResponse = CreateGroupResponses[keyof CreateGroupResponses];

export type DeleteGroupData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The group
         */
        group_id: string;
    };
    query?: never;
    url: '/v1/admin/groups/{group_id}';
};

export type DeleteGroupResponses = {
    /**
     * Deleted
     */
    204: void;
};

export type DeleteGroupResponse = DeleteGroupResponses[keyof DeleteGroupResponses];

export type GetGroupData = {
    body?: never;
    path: {
        /**
         * The group
         */
        group_id: string;
    };
    query?: never;
    url: '/v1/admin/groups/{group_id}';
};

export type GetGroupResponses = {
    /**
     * The group
     */
    200: EnvelopeGroup;
};

export type GetGroupResponse = GetGroupResponses[keyof GetGroupResponses];

export type RemoveGroupMemberData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The group
         */
        group_id: string;
        /**
         * The user
         */
        user_id: string;
    };
    query?: never;
    url: '/v1/admin/groups/{group_id}/members/{user_id}';
};

export type RemoveGroupMemberResponses = {
    /**
     * The user is no member
     */
    204: void;
};

export type RemoveGroupMemberResponse = RemoveGroupMemberResponses[keyof RemoveGroupMemberResponses];

export type AddGroupMemberData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The group
         */
        group_id: string;
        /**
         * The user
         */
        user_id: string;
    };
    query?: never;
    url: '/v1/admin/groups/{group_id}/members/{user_id}';
};

export type AddGroupMemberResponses = {
    /**
     * The user is a member
     */
    204: void;
};

export type AddGroupMemberResponse = AddGroupMemberResponses[keyof AddGroupMemberResponses];

export type ListPlatformKeysData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only for this.
         */
        purpose?: KeyPurpose;
        /**
         * Only of these.
         */
        status?: PlatformKeyStatus;
        /**
         * How many at most.
         */
        limit?: number;
    };
    url: '/v1/admin/keyring';
};

export type ListPlatformKeysResponses = {
    /**
     * The keys
     */
    200: EnvelopeVecPlatformKey;
};

export type ListPlatformKeysResponse = ListPlatformKeysResponses[keyof ListPlatformKeysResponses];

export type RotatePlatformKeyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query: {
        /**
         * What the key is for.
         */
        purpose: KeyPurpose;
    };
    url: '/v1/admin/keyring/rotate';
};

export type RotatePlatformKeyResponses = {
    /**
     * The key
     */
    200: EnvelopePlatformKeyRotated;
};

export type RotatePlatformKeyResponse = RotatePlatformKeyResponses[keyof RotatePlatformKeyResponses];

export type RetirePlatformKeyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The key
         */
        key_id: string;
    };
    query?: never;
    url: '/v1/admin/keyring/{key_id}/retire';
};

export type RetirePlatformKeyResponses = {
    /**
     * The key
     */
    200: EnvelopePlatformKey;
};

export type RetirePlatformKeyResponse = RetirePlatformKeyResponses[keyof RetirePlatformKeyResponses];

export type ListPlansData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/admin/plans';
};

export type ListPlansResponses = {
    /**
     * The plans
     */
    200: EnvelopeVecPlan;
};

export type ListPlansResponse = ListPlansResponses[keyof ListPlansResponses];

export type GetTenantPlanData = {
    body?: never;
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/plans/{tenant_id}';
};

export type GetTenantPlanResponses = {
    /**
     * The plan
     */
    200: EnvelopeTenantPlan;
};

export type GetTenantPlanResponse = GetTenantPlanResponses[keyof GetTenantPlanResponses];

export type AssignTenantPlanData = {
    body: AssignPlan;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/plans/{tenant_id}';
};

export type AssignTenantPlanResponses = {
    /**
     * The plan
     */
    200: EnvelopeTenantPlan;
};

export type AssignTenantPlanResponse = AssignTenantPlanResponses[keyof AssignTenantPlanResponses];

export type OverrideTenantFeatureData = {
    body: OverrideFeature;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/plans/{tenant_id}/overrides';
};

export type OverrideTenantFeatureResponses = {
    /**
     * The plan
     */
    200: EnvelopeTenantPlan;
};

export type OverrideTenantFeatureResponse = OverrideTenantFeatureResponses[keyof OverrideTenantFeatureResponses];

export type GetQuotaData = {
    body?: never;
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/quotas/{tenant_id}';
};

export type GetQuotaResponses = {
    /**
     * The limits
     */
    200: EnvelopeQuota;
};

export type GetQuotaResponse = GetQuotaResponses[keyof GetQuotaResponses];

export type PatchQuotaData = {
    body: PatchQuota;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/quotas/{tenant_id}';
};

export type PatchQuotaResponses = {
    /**
     * The limits
     */
    200: EnvelopeQuota;
};

export type PatchQuotaResponse = PatchQuotaResponses[keyof PatchQuotaResponses];

export type GetCanariesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/admin/rollouts/canary';
};

export type GetCanariesResponses = {
    /**
     * All rollouts
     */
    200: EnvelopeCanaries;
};

export type GetCanariesResponse = GetCanariesResponses[keyof GetCanariesResponses];

export type PatchCanariesData = {
    body: PatchCanaries;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/rollouts/canary';
};

export type PatchCanariesResponses = {
    /**
     * All rollouts
     */
    200: EnvelopeCanaries;
};

export type PatchCanariesResponse = PatchCanariesResponses[keyof PatchCanariesResponses];

export type GetKillSwitchesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/admin/rollouts/killswitches';
};

export type GetKillSwitchesResponses = {
    /**
     * All kill switches
     */
    200: EnvelopeKillSwitches;
};

export type GetKillSwitchesResponse = GetKillSwitchesResponses[keyof GetKillSwitchesResponses];

export type PatchKillSwitchesData = {
    body: PatchKillSwitches;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/rollouts/killswitches';
};

export type PatchKillSwitchesResponses = {
    /**
     * All kill switches
     */
    200: EnvelopeKillSwitches;
};

export type PatchKillSwitchesResponse = PatchKillSwitchesResponses[keyof PatchKillSwitchesResponses];

export type GetSlaAssignmentData = {
    body?: never;
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/assignments/{tenant_id}';
};

export type GetSlaAssignmentResponses = {
    /**
     * The assignment
     */
    200: EnvelopeSlaAssignment;
};

export type GetSlaAssignmentResponse = GetSlaAssignmentResponses[keyof GetSlaAssignmentResponses];

export type PatchSlaAssignmentData = {
    body: PatchSlaAssignment;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/assignments/{tenant_id}';
};

export type PatchSlaAssignmentResponses = {
    /**
     * The assignment
     */
    200: EnvelopeSlaAssignment;
};

export type PatchSlaAssignmentResponse = PatchSlaAssignmentResponses[keyof PatchSlaAssignmentResponses];

export type ListAutoscalingActionsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only of this profile.
         */
        profile_id?: string;
        /**
         * How many at most.
         */
        limit?: number;
    };
    url: '/v1/admin/sla/autoscaling/actions';
};

export type ListAutoscalingActionsResponses = {
    /**
     * The recommendations
     */
    200: EnvelopeAutoscalingActionList;
};

export type ListAutoscalingActionsResponse = ListAutoscalingActionsResponses[keyof ListAutoscalingActionsResponses];

export type ApplyAutoscalingData = {
    body: EvaluateAutoscaling;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/sla/autoscaling/apply';
};

export type ApplyAutoscalingResponses = {
    /**
     * What was recommended, and whether it was executed
     */
    200: EnvelopeAutoscalingDecision;
};

export type ApplyAutoscalingResponse = ApplyAutoscalingResponses[keyof ApplyAutoscalingResponses];

export type EvaluateAutoscalingData = {
    body: EvaluateAutoscaling;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/sla/autoscaling/evaluate';
};

export type EvaluateAutoscalingResponses = {
    /**
     * The recommendation
     */
    200: EnvelopeAutoscalingDecision;
};

export type EvaluateAutoscalingResponse = EvaluateAutoscalingResponses[keyof EvaluateAutoscalingResponses];

export type ListAutoscalingProfilesData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/admin/sla/autoscaling/profiles';
};

export type ListAutoscalingProfilesResponses = {
    /**
     * The profiles
     */
    200: EnvelopeAutoscalingProfileList;
};

export type ListAutoscalingProfilesResponse = ListAutoscalingProfilesResponses[keyof ListAutoscalingProfilesResponses];

export type CreateAutoscalingProfileData = {
    body: CreateAutoscalingProfile;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/sla/autoscaling/profiles';
};

export type CreateAutoscalingProfileResponses = {
    /**
     * The profile
     */
    201: EnvelopeAutoscalingProfile;
};

export type CreateAutoscalingProfileResponse = CreateAutoscalingProfileResponses[keyof CreateAutoscalingProfileResponses];

export type PatchAutoscalingProfileData = {
    body: PatchAutoscalingProfile;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The profile
         */
        profile_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/autoscaling/profiles/{profile_id}';
};

export type PatchAutoscalingProfileResponses = {
    /**
     * The profile
     */
    200: EnvelopeAutoscalingProfile;
};

export type PatchAutoscalingProfileResponse = PatchAutoscalingProfileResponses[keyof PatchAutoscalingProfileResponses];

export type CreateGlobalSlaPolicyData = {
    body: CreateSlaPolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/sla/global-policies';
};

export type CreateGlobalSlaPolicyResponses = {
    /**
     * The policy
     */
    201: EnvelopeSlaPolicy;
};

export type CreateGlobalSlaPolicyResponse = CreateGlobalSlaPolicyResponses[keyof CreateGlobalSlaPolicyResponses];

export type PatchGlobalSlaPolicyData = {
    body: PatchSlaPolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/global-policies/{policy_id}';
};

export type PatchGlobalSlaPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopeSlaPolicy;
};

export type PatchGlobalSlaPolicyResponse = PatchGlobalSlaPolicyResponses[keyof PatchGlobalSlaPolicyResponses];

export type DisableGlobalSlaPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/global-policies/{policy_id}/disable';
};

export type DisableGlobalSlaPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopeSlaPolicy;
};

export type DisableGlobalSlaPolicyResponse = DisableGlobalSlaPolicyResponses[keyof DisableGlobalSlaPolicyResponses];

export type EnableGlobalSlaPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/global-policies/{policy_id}/enable';
};

export type EnableGlobalSlaPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopeSlaPolicy;
};

export type EnableGlobalSlaPolicyResponse = EnableGlobalSlaPolicyResponses[keyof EnableGlobalSlaPolicyResponses];

export type ListSlaIncidentsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only in this state.
         */
        status?: SlaIncidentStatus;
    };
    url: '/v1/admin/sla/incidents';
};

export type ListSlaIncidentsResponses = {
    /**
     * The incidents
     */
    200: EnvelopeSlaIncidentList;
};

export type ListSlaIncidentsResponse = ListSlaIncidentsResponses[keyof ListSlaIncidentsResponses];

export type ResolveSlaIncidentData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The incident
         */
        incident_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/incidents/{incident_id}/resolve';
};

export type ResolveSlaIncidentResponses = {
    /**
     * The incident
     */
    200: EnvelopeSlaIncident;
};

export type ResolveSlaIncidentResponse = ResolveSlaIncidentResponses[keyof ResolveSlaIncidentResponses];

export type ListSlaMeasurementsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The caller's own tenant; another one only for the operator.
         */
        tenant_id?: string;
        /**
         * Only of this class.
         */
        route_class?: SlaRouteClass;
        /**
         * How long a window is.
         */
        window?: '1m' | '5m';
        /**
         * How many windows at most.
         */
        limit?: number;
    };
    url: '/v1/admin/sla/measurements';
};

export type ListSlaMeasurementsResponses = {
    /**
     * The windows
     */
    200: EnvelopeSlaMeasurementList;
};

export type ListSlaMeasurementsResponse = ListSlaMeasurementsResponses[keyof ListSlaMeasurementsResponses];

export type ListSlaPoliciesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Whether those of the operator are listed too.
         */
        include_global?: boolean;
    };
    url: '/v1/admin/sla/policies';
};

export type ListSlaPoliciesResponses = {
    /**
     * The policies
     */
    200: EnvelopeSlaPolicyList;
};

export type ListSlaPoliciesResponse = ListSlaPoliciesResponses[keyof ListSlaPoliciesResponses];

export type CreateSlaPolicyData = {
    body: CreateSlaPolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/admin/sla/policies';
};

export type CreateSlaPolicyResponses = {
    /**
     * The policy
     */
    201: EnvelopeSlaPolicy;
};

export type CreateSlaPolicyResponse = CreateSlaPolicyResponses[keyof CreateSlaPolicyResponses];

export type PatchSlaPolicyData = {
    body: PatchSlaPolicy;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/policies/{policy_id}';
};

export type PatchSlaPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopeSlaPolicy;
};

export type PatchSlaPolicyResponse = PatchSlaPolicyResponses[keyof PatchSlaPolicyResponses];

export type DisableSlaPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/policies/{policy_id}/disable';
};

export type DisableSlaPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopeSlaPolicy;
};

export type DisableSlaPolicyResponse = DisableSlaPolicyResponses[keyof DisableSlaPolicyResponses];

export type EnableSlaPolicyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The policy
         */
        policy_id: string;
    };
    query?: never;
    url: '/v1/admin/sla/policies/{policy_id}/enable';
};

export type EnableSlaPolicyResponses = {
    /**
     * The policy
     */
    200: EnvelopeSlaPolicy;
};

export type EnableSlaPolicyResponse = EnableSlaPolicyResponses[keyof EnableSlaPolicyResponses];

export type GetTenantUsageData = {
    body?: never;
    path: {
        /**
         * The tenant
         */
        tenant_id: string;
    };
    query: {
        /**
         * `day` or `month`.
         */
        period?: string;
        /**
         * A day of the period.
         */
        start: string;
    };
    url: '/v1/admin/usage/{tenant_id}';
};

export type GetTenantUsageResponses = {
    /**
     * The use
     */
    200: EnvelopeTenantUsage;
};

export type GetTenantUsageResponse = GetTenantUsageResponses[keyof GetTenantUsageResponses];

export type GetAudioData = {
    body?: never;
    path: {
        /**
         * The id of the sound with `.mp3`
         */
        file: string;
    };
    query?: {
        /**
         * Part of the signed link
         */
        tenant?: string;
        /**
         * Part of the signed link
         */
        expires?: string;
        /**
         * Part of the signed link
         */
        signature?: string;
    };
    url: '/v1/audio/{file}';
};

export type GetAudioResponses = {
    /**
     * The sound
     */
    200: Sound;
};

export type GetAudioResponse = GetAudioResponses[keyof GetAudioResponses];

export type ListAuditEventsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The caller's own tenant; there is no other.
         */
        tenant_id?: string;
        /**
         * Only of this type.
         */
        event_type?: string;
        /**
         * Only with this outcome: `success` or `failure`.
         */
        outcome?: AuditOutcome;
        /**
         * Only on this kind of thing.
         */
        resource_type?: string;
        /**
         * Only on this thing.
         */
        resource_id?: string;
        /**
         * Not before.
         */
        from?: string;
        /**
         * Not after.
         */
        to?: string;
        /**
         * How many events to pass over; not together with `cursor`.
         */
        offset?: number;
        /**
         * How many events at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before, with the same filters.
         */
        cursor?: string;
    };
    url: '/v1/audit/events';
};

export type ListAuditEventsResponses = {
    /**
     * The events
     */
    200: EnvelopeAuditEventList;
};

export type ListAuditEventsResponse = ListAuditEventsResponses[keyof ListAuditEventsResponses];

export type GetAuditEventData = {
    body?: never;
    path: {
        /**
         * The event
         */
        event_id: number;
    };
    query?: never;
    url: '/v1/audit/events/{event_id}';
};

export type GetAuditEventResponses = {
    /**
     * The event
     */
    200: EnvelopeAuditEvent;
};

export type GetAuditEventResponse = GetAuditEventResponses[keyof GetAuditEventResponses];

export type ExportAuditEventsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only what was sealed after this checkpoint: `through` of the last line of the export before.
         */
        after?: number;
    };
    url: '/v1/audit/export';
};

export type ExportAuditEventsResponses = {
    /**
     * The lines of the export
     */
    200: string;
};

export type ExportAuditEventsResponse = ExportAuditEventsResponses[keyof ExportAuditEventsResponses];

export type GetAuditKeyData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/audit/key';
};

export type GetAuditKeyResponses = {
    /**
     * The keys
     */
    200: EnvelopeAuditKey;
};

export type GetAuditKeyResponse = GetAuditKeyResponses[keyof GetAuditKeyResponses];

export type CompleteData = {
    body: ChatCompletionRequest;
    path?: never;
    query?: never;
    url: '/v1/chat/completions';
};

export type CompleteResponses = {
    /**
     * The answer, whole or in chunks
     */
    200: ChatCompletion;
};

export type CompleteResponse = CompleteResponses[keyof CompleteResponses];

export type ListCorporaData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/corpora';
};

export type ListCorporaResponses = {
    /**
     * The corpora
     */
    200: EnvelopeVecCorpus;
};

export type ListCorporaResponse = ListCorporaResponses[keyof ListCorporaResponses];

export type CreateCorpusData = {
    body: CreateCorpus;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/corpora';
};

export type CreateCorpusResponses = {
    /**
     * The corpus
     */
    201: EnvelopeCorpus;
};

export type CreateCorpusResponse = CreateCorpusResponses[keyof CreateCorpusResponses];

export type DeleteCorpusData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/corpora/{corpus_id}';
};

export type DeleteCorpusResponses = {
    /**
     * Deleted
     */
    204: void;
};

export type DeleteCorpusResponse = DeleteCorpusResponses[keyof DeleteCorpusResponses];

export type GetCorpusData = {
    body?: never;
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/corpora/{corpus_id}';
};

export type GetCorpusResponses = {
    /**
     * The corpus
     */
    200: EnvelopeCorpus;
};

export type GetCorpusResponse = GetCorpusResponses[keyof GetCorpusResponses];

export type PatchCorpusData = {
    body: PatchCorpus;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/corpora/{corpus_id}';
};

export type PatchCorpusResponses = {
    /**
     * The corpus
     */
    200: EnvelopeCorpus;
};

export type PatchCorpusResponse = PatchCorpusResponses[keyof PatchCorpusResponses];

export type ReindexCorpusData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/corpora/{corpus_id}/reindex';
};

export type ReindexCorpusResponses = {
    /**
     * How many documents were queued
     */
    202: EnvelopeCorpusReindexed;
};

export type ReindexCorpusResponse = ReindexCorpusResponses[keyof ReindexCorpusResponses];

export type SearchCorpusData = {
    body?: never;
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query: {
        /**
         * The question, or a few words.
         */
        query: string;
        /**
         * How many passages; the corpus' default when it is absent.
         */
        top_k?: number;
    };
    url: '/v1/corpora/{corpus_id}/search';
};

export type SearchCorpusResponses = {
    /**
     * The passages, best first
     */
    200: EnvelopeSearchResults;
};

export type SearchCorpusResponse = SearchCorpusResponses[keyof SearchCorpusResponses];

export type SearchCorpusFilteredData = {
    body: SearchRequest;
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/corpora/{corpus_id}/search';
};

export type SearchCorpusFilteredResponses = {
    /**
     * The passages, best first
     */
    200: EnvelopeSearchResults;
};

export type SearchCorpusFilteredResponse = SearchCorpusFilteredResponses[keyof SearchCorpusFilteredResponses];

export type ListDocumentsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only those of this corpus.
         */
        corpus_id?: string;
        /**
         * How many at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/documents';
};

export type ListDocumentsResponses = {
    /**
     * The documents
     */
    200: EnvelopeVecDocument;
};

export type ListDocumentsResponse = ListDocumentsResponses[keyof ListDocumentsResponses];

export type UploadDocumentData = {
    body: UploadForm;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/documents';
};

export type UploadDocumentResponses = {
    /**
     * A document with this id was there and stays as it is
     */
    200: EnvelopeDocumentAccepted;
    /**
     * Accepted
     */
    202: EnvelopeDocumentAccepted;
};

export type UploadDocumentResponse = UploadDocumentResponses[keyof UploadDocumentResponses];

export type IngestTextData = {
    body: TextDocument;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/documents/text';
};

export type IngestTextResponses = {
    /**
     * A document with this id was there and stays as it is
     */
    200: EnvelopeDocumentAccepted;
    /**
     * Accepted
     */
    202: EnvelopeDocumentAccepted;
};

export type IngestTextResponse = IngestTextResponses[keyof IngestTextResponses];

export type DeleteDocumentData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/documents/{document_id}';
};

export type DeleteDocumentResponses = {
    /**
     * Deleted
     */
    204: void;
};

export type DeleteDocumentResponse = DeleteDocumentResponses[keyof DeleteDocumentResponses];

export type GetDocumentData = {
    body?: never;
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/documents/{document_id}';
};

export type GetDocumentResponses = {
    /**
     * The document
     */
    200: EnvelopeDocument;
};

export type GetDocumentResponse = GetDocumentResponses[keyof GetDocumentResponses];

export type PatchDocumentData = {
    body: PatchDocument;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/documents/{document_id}';
};

export type PatchDocumentResponses = {
    /**
     * The document
     */
    200: EnvelopeDocument;
};

export type PatchDocumentResponse = PatchDocumentResponses[keyof PatchDocumentResponses];

export type ReindexDocumentData = {
    body?: ReindexRequest | null;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: never;
    url: '/v1/documents/{document_id}/reindex';
};

export type ReindexDocumentResponses = {
    /**
     * Accepted
     */
    202: EnvelopeDocumentAccepted;
};

export type ReindexDocumentResponse = ReindexDocumentResponses[keyof ReindexDocumentResponses];

export type GetDocumentTextData = {
    body?: never;
    path: {
        /**
         * The document
         */
        document_id: string;
    };
    query?: {
        /**
         * The first character.
         */
        start?: number;
        /**
         * One past the last character; at most 100,000 after the first.
         */
        end?: number;
    };
    url: '/v1/documents/{document_id}/text';
};

export type GetDocumentTextResponses = {
    /**
     * The text
     */
    200: EnvelopeDocumentText;
};

export type GetDocumentTextResponse = GetDocumentTextResponses[keyof GetDocumentTextResponses];

export type GetHealthData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/health';
};

export type GetHealthResponses = {
    /**
     * The server answers
     */
    200: EnvelopeHealth;
};

export type GetHealthResponse = GetHealthResponses[keyof GetHealthResponses];

export type GetLivenessData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/healthz';
};

export type GetLivenessResponses = {
    /**
     * The server lives
     */
    200: Healthz;
};

export type GetLivenessResponse = GetLivenessResponses[keyof GetLivenessResponses];

export type CreateImportData = {
    body: CreateImport;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/imports';
};

export type CreateImportResponses = {
    /**
     * Accepted
     */
    202: EnvelopeImport;
};

export type CreateImportResponse = CreateImportResponses[keyof CreateImportResponses];

export type GetImportData = {
    body?: never;
    path: {
        /**
         * The import
         */
        import_id: string;
    };
    query?: never;
    url: '/v1/imports/{import_id}';
};

export type GetImportResponses = {
    /**
     * The import
     */
    200: EnvelopeImport;
};

export type GetImportResponse = GetImportResponses[keyof GetImportResponses];

export type GetMetricsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/metrics';
};

export type GetMetricsResponses = {
    /**
     * The metrics in the text format of Prometheus
     */
    200: string;
};

export type GetMetricsResponse = GetMetricsResponses[keyof GetMetricsResponses];

export type ListData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/models';
};

export type ListResponses = {
    /**
     * The corpora
     */
    200: ModelList;
};

export type ListResponse = ListResponses[keyof ListResponses];

export type GetData = {
    body?: never;
    path: {
        /**
         * The corpus
         */
        corpus_id: string;
    };
    query?: never;
    url: '/v1/models/{corpus_id}';
};

export type GetResponses = {
    /**
     * The corpus
     */
    200: Model;
};

export type GetResponse = GetResponses[keyof GetResponses];

export type GetOpsHealthData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/ops/health';
};

export type GetOpsHealthResponses = {
    /**
     * What was found, well or not
     */
    200: EnvelopeOpsHealth;
};

export type GetOpsHealthResponse = GetOpsHealthResponses[keyof GetOpsHealthResponses];

export type GetReadinessData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/readyz';
};

export type GetReadinessResponses = {
    /**
     * Ready, perhaps with something optional missing
     */
    200: EnvelopeReadiness;
};

export type GetReadinessResponse = GetReadinessResponses[keyof GetReadinessResponses];

export type GetRunReceiptData = {
    body?: never;
    path: {
        /**
         * The run
         */
        run_id: string;
    };
    query?: never;
    url: '/v1/runs/{run_id}/receipt';
};

export type GetRunReceiptResponses = {
    /**
     * The receipt
     */
    200: EnvelopeRunReceipt;
};

export type GetRunReceiptResponse = GetRunReceiptResponses[keyof GetRunReceiptResponses];

export type ListApiKeysData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/self-serve/api-keys';
};

export type ListApiKeysResponses = {
    /**
     * The keys
     */
    200: EnvelopeTenantKeyList;
};

export type ListApiKeysResponse = ListApiKeysResponses[keyof ListApiKeysResponses];

export type CreateApiKeyData = {
    body: CreateApiKey;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/self-serve/api-keys';
};

export type CreateApiKeyResponses = {
    /**
     * The key
     */
    200: EnvelopeCreatedApiKey;
};

export type CreateApiKeyResponse = CreateApiKeyResponses[keyof CreateApiKeyResponses];

export type ReportInactiveApiKeysData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * After how many days without use a key counts as inactive.
         */
        inactive_days?: number;
        /**
         * How many items at most.
         */
        limit?: number;
        /**
         * `meta.next_cursor` of the page before.
         */
        cursor?: string;
    };
    url: '/v1/self-serve/api-keys/inactive-report';
};

export type ReportInactiveApiKeysResponses = {
    /**
     * The keys
     */
    200: EnvelopeInactiveKeyReport;
};

export type ReportInactiveApiKeysResponse = ReportInactiveApiKeysResponses[keyof ReportInactiveApiKeysResponses];

export type RevokeApiKeyData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path: {
        /**
         * The key
         */
        key_id: string;
    };
    query?: never;
    url: '/v1/self-serve/api-keys/{key_id}/revoke';
};

export type RevokeApiKeyResponses = {
    /**
     * The key
     */
    200: EnvelopeTenantKey;
};

export type RevokeApiKeyResponse = RevokeApiKeyResponses[keyof RevokeApiKeyResponses];

export type TestBillingWebhookData = {
    body?: never;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/self-serve/billing/webhook-test';
};

export type TestBillingWebhookResponses = {
    /**
     * What became of it
     */
    200: EnvelopeWebhookTest;
};

export type TestBillingWebhookResponse = TestBillingWebhookResponses[keyof TestBillingWebhookResponses];

export type GetBudgetData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/self-serve/costs/budget';
};

export type GetBudgetResponses = {
    /**
     * The budget
     */
    200: EnvelopeCostBudget;
};

export type GetBudgetResponse = GetBudgetResponses[keyof GetBudgetResponses];

export type GetLatestChargebackData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/self-serve/costs/chargeback/latest';
};

export type GetLatestChargebackResponses = {
    /**
     * The report
     */
    200: EnvelopeChargebackReport;
};

export type GetLatestChargebackResponse = GetLatestChargebackResponses[keyof GetLatestChargebackResponses];

export type GetSpendBreakdownData = {
    body?: never;
    path?: never;
    query: {
        /**
         * The only period there is.
         */
        period?: 'month';
        /**
         * The month as `YYYY-MM`; the present one otherwise.
         */
        year_month?: string;
        /**
         * By what spending is told apart.
         */
        by: 'component' | 'provider' | 'route_class';
    };
    url: '/v1/self-serve/costs/spend/breakdown';
};

export type GetSpendBreakdownResponses = {
    /**
     * The parts
     */
    200: EnvelopeSpendBreakdown;
};

export type GetSpendBreakdownResponse = GetSpendBreakdownResponses[keyof GetSpendBreakdownResponses];

export type GetSpendSummaryData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The only period there is.
         */
        period?: 'month';
        /**
         * The month as `YYYY-MM`; the present one otherwise.
         */
        year_month?: string;
    };
    url: '/v1/self-serve/costs/spend/summary';
};

export type GetSpendSummaryResponses = {
    /**
     * What was spent
     */
    200: EnvelopeSpendSummary;
};

export type GetSpendSummaryResponse = GetSpendSummaryResponses[keyof GetSpendSummaryResponses];

export type GetSpendTimeseriesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * How many days, today included; a setting of the server otherwise.
         */
        days?: number;
        /**
         * How finely spending is told over time.
         */
        granularity?: 'day' | 'hour';
    };
    url: '/v1/self-serve/costs/spend/timeseries';
};

export type GetSpendTimeseriesResponses = {
    /**
     * The series
     */
    200: EnvelopeSpendSeries;
};

export type GetSpendTimeseriesResponse = GetSpendTimeseriesResponses[keyof GetSpendTimeseriesResponses];

export type GetPlanData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/self-serve/plan';
};

export type GetPlanResponses = {
    /**
     * The plan
     */
    200: EnvelopeTenantPlan;
};

export type GetPlanResponse = GetPlanResponses[keyof GetPlanResponses];

export type RequestPlanUpgradeData = {
    body: AskUpgrade;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/self-serve/plan/upgrade-request';
};

export type RequestPlanUpgradeResponses = {
    /**
     * The request
     */
    202: EnvelopeUpgradeRequest;
};

export type RequestPlanUpgradeResponse = RequestPlanUpgradeResponses[keyof RequestPlanUpgradeResponses];

export type GetUsageSummaryData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The days that requests are counted over, today included.
         */
        window_days?: number;
    };
    url: '/v1/self-serve/usage/summary';
};

export type GetUsageSummaryResponses = {
    /**
     * The use
     */
    200: EnvelopeUsageSummary;
};

export type GetUsageSummaryResponse = GetUsageSummaryResponses[keyof GetUsageSummaryResponses];

export type GetUsageTimeseriesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * What is counted.
         */
        metric?: string;
        /**
         * How long a point is.
         */
        granularity?: string;
        /**
         * How many days, today included.
         */
        days?: number;
    };
    url: '/v1/self-serve/usage/timeseries';
};

export type GetUsageTimeseriesResponses = {
    /**
     * The series
     */
    200: EnvelopeUsageTimeseries;
};

export type GetUsageTimeseriesResponse = GetUsageTimeseriesResponses[keyof GetUsageTimeseriesResponses];

export type ReindexUiDocumentData = {
    body: UiReindex;
    headers?: {
        /**
         * A name for this change, such as a UUID. The same request with the same name happens once and gets the same answer, for a day; another request with it is refused.
         */
        'Idempotency-Key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/ui/actions/reindex-document';
};

export type ReindexUiDocumentResponses = {
    /**
     * Accepted
     */
    202: EnvelopeUiAction;
};

export type ReindexUiDocumentResponse = ReindexUiDocumentResponses[keyof ReindexUiDocumentResponses];

export type ListUiActivityData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only with this text in the type of the event, the id of the actor or that of the thing, in any case.
         */
        q?: string;
        /**
         * Fields with commas between them, `-` before one that falls: `occurred_at`, `event_type`, `outcome`.
         */
        sort?: string;
        /**
         * How many at most.
         */
        limit?: number;
        /**
         * `page.next_cursor` of the page before, with the same query.
         */
        cursor?: string;
        /**
         * Only of actors that were identified so, such as `api_key`.
         */
        actor_type?: string;
        /**
         * Only of this type.
         */
        event_type?: string;
        /**
         * Not before.
         */
        created_from?: string;
        /**
         * Not after.
         */
        created_to?: string;
    };
    url: '/v1/ui/activity';
};

export type ListUiActivityResponses = {
    /**
     * The events
     */
    200: EnvelopeUiActivityPage;
};

export type ListUiActivityResponse = ListUiActivityResponses[keyof ListUiActivityResponses];

export type GetUiBootstrapData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/ui/bootstrap';
};

export type GetUiBootstrapResponses = {
    /**
     * Who asks, and what he may use
     */
    200: EnvelopeUiBootstrap;
};

export type GetUiBootstrapResponse = GetUiBootstrapResponses[keyof GetUiBootstrapResponses];

export type GetUiDashboardData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * The days, today included.
         */
        window_days?: number;
    };
    url: '/v1/ui/dashboard/summary';
};

export type GetUiDashboardResponses = {
    /**
     * The figures
     */
    200: EnvelopeUiDashboard;
};

export type GetUiDashboardResponse = GetUiDashboardResponses[keyof GetUiDashboardResponses];

export type ListUiDocumentsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Only with this text in the name or the id, in any case.
         */
        q?: string;
        /**
         * Fields with commas between them, `-` before one that falls: `created_at`, `updated_at`, `filename`, `status`.
         */
        sort?: string;
        /**
         * How many at most.
         */
        limit?: number;
        /**
         * `page.next_cursor` of the page before, with the same query.
         */
        cursor?: string;
        /**
         * Only those that are so far.
         */
        status?: DocumentStatus;
        /**
         * Only those of this corpus.
         */
        corpus_id?: string;
        /**
         * Only created since.
         */
        created_from?: string;
        /**
         * Only created until.
         */
        created_to?: string;
    };
    url: '/v1/ui/documents';
};

export type ListUiDocumentsResponses = {
    /**
     * The documents
     */
    200: EnvelopeUiDocumentPage;
};

export type ListUiDocumentsResponse = ListUiDocumentsResponses[keyof ListUiDocumentsResponses];
