from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chat_message import ChatMessage
    from ..models.chat_stream_options import ChatStreamOptions


T = TypeVar("T", bound="ChatCompletionRequest")


@_attrs_define
class ChatCompletionRequest:
    """Asks a corpus, in the form of OpenAI's chat completions.

    The last message has to be the user's and is the question; the messages before it are the conversation.

        Attributes:
            messages (list[ChatMessage]): The conversation, oldest first, with the question at its end.
            model (str): The corpus to answer from. Example: c1.
            audio (Any | Unset): Only null.
            frequency_penalty (Any | Unset): Taken, and not used.
            function_call (Any | Unset): Only `none` or `auto`.
            functions (Any | Unset): Only an empty list.
            logit_bias (Any | Unset): Taken, and not used.
            logprobs (Any | Unset): Only `false`.
            max_completion_tokens (int | None | Unset): The longest answer, in tokens; the bound of the server holds as
                well.
            max_tokens (int | None | Unset): The older name of the same.
            metadata (Any | Unset): Taken, and not used.
            min_p (Any | Unset): Taken, and not used.
            modalities (Any | Unset): Only `["text"]`.
            moderation (Any | Unset): Only null.
            n (int | None | Unset): How many answers: one.
            parallel_tool_calls (Any | Unset): Taken, and not used.
            prediction (Any | Unset): Only null.
            presence_penalty (Any | Unset): Taken, and not used.
            prompt_cache_key (Any | Unset): Taken, and not used.
            prompt_cache_options (Any | Unset): Taken, and not used.
            prompt_cache_retention (Any | Unset): Taken, and not used.
            reasoning_effort (Any | Unset): Taken, and not used.
            repetition_penalty (Any | Unset): Taken, and not used.
            response_format (Any | Unset): Only `{"type": "text"}`.
            safety_identifier (Any | Unset): Taken, and not used.
            seed (Any | Unset): Taken, and not used.
            service_tier (Any | Unset): Taken, and not used.
            stop (Any | Unset): Only an empty list.
            store (Any | Unset): Taken, and not used.
            stream (bool | None | Unset): Whether the answer comes as server-sent events.
            stream_options (ChatStreamOptions | None | Unset):
            temperature (Any | Unset): Taken, and not used.
            tool_choice (Any | Unset): Only `none` or `auto`.
            tools (Any | Unset): Only an empty list.
            top_k (Any | Unset): Taken, and not used.
            top_logprobs (Any | Unset): Taken, and not used.
            top_p (Any | Unset): Taken, and not used.
            user (Any | Unset): Taken, and not used.
            verbosity (Any | Unset): Taken, and not used.
            web_search_options (Any | Unset): Only null: an answer never rests on the web.
    """

    messages: list[ChatMessage]
    model: str
    audio: Any | Unset = UNSET
    frequency_penalty: Any | Unset = UNSET
    function_call: Any | Unset = UNSET
    functions: Any | Unset = UNSET
    logit_bias: Any | Unset = UNSET
    logprobs: Any | Unset = UNSET
    max_completion_tokens: int | None | Unset = UNSET
    max_tokens: int | None | Unset = UNSET
    metadata: Any | Unset = UNSET
    min_p: Any | Unset = UNSET
    modalities: Any | Unset = UNSET
    moderation: Any | Unset = UNSET
    n: int | None | Unset = UNSET
    parallel_tool_calls: Any | Unset = UNSET
    prediction: Any | Unset = UNSET
    presence_penalty: Any | Unset = UNSET
    prompt_cache_key: Any | Unset = UNSET
    prompt_cache_options: Any | Unset = UNSET
    prompt_cache_retention: Any | Unset = UNSET
    reasoning_effort: Any | Unset = UNSET
    repetition_penalty: Any | Unset = UNSET
    response_format: Any | Unset = UNSET
    safety_identifier: Any | Unset = UNSET
    seed: Any | Unset = UNSET
    service_tier: Any | Unset = UNSET
    stop: Any | Unset = UNSET
    store: Any | Unset = UNSET
    stream: bool | None | Unset = UNSET
    stream_options: ChatStreamOptions | None | Unset = UNSET
    temperature: Any | Unset = UNSET
    tool_choice: Any | Unset = UNSET
    tools: Any | Unset = UNSET
    top_k: Any | Unset = UNSET
    top_logprobs: Any | Unset = UNSET
    top_p: Any | Unset = UNSET
    user: Any | Unset = UNSET
    verbosity: Any | Unset = UNSET
    web_search_options: Any | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.chat_stream_options import ChatStreamOptions  # noqa: PLC0415

        messages = []
        for messages_item_data in self.messages:
            messages_item = messages_item_data.to_dict()
            messages.append(messages_item)

        model = self.model

        audio = self.audio

        frequency_penalty = self.frequency_penalty

        function_call = self.function_call

        functions = self.functions

        logit_bias = self.logit_bias

        logprobs = self.logprobs

        max_completion_tokens: int | None | Unset
        if isinstance(self.max_completion_tokens, Unset):
            max_completion_tokens = UNSET
        else:
            max_completion_tokens = self.max_completion_tokens

        max_tokens: int | None | Unset
        if isinstance(self.max_tokens, Unset):
            max_tokens = UNSET
        else:
            max_tokens = self.max_tokens

        metadata = self.metadata

        min_p = self.min_p

        modalities = self.modalities

        moderation = self.moderation

        n: int | None | Unset
        if isinstance(self.n, Unset):
            n = UNSET
        else:
            n = self.n

        parallel_tool_calls = self.parallel_tool_calls

        prediction = self.prediction

        presence_penalty = self.presence_penalty

        prompt_cache_key = self.prompt_cache_key

        prompt_cache_options = self.prompt_cache_options

        prompt_cache_retention = self.prompt_cache_retention

        reasoning_effort = self.reasoning_effort

        repetition_penalty = self.repetition_penalty

        response_format = self.response_format

        safety_identifier = self.safety_identifier

        seed = self.seed

        service_tier = self.service_tier

        stop = self.stop

        store = self.store

        stream: bool | None | Unset
        if isinstance(self.stream, Unset):
            stream = UNSET
        else:
            stream = self.stream

        stream_options: dict[str, Any] | None | Unset
        if isinstance(self.stream_options, Unset):
            stream_options = UNSET
        elif isinstance(self.stream_options, ChatStreamOptions):
            stream_options = self.stream_options.to_dict()
        else:
            stream_options = self.stream_options

        temperature = self.temperature

        tool_choice = self.tool_choice

        tools = self.tools

        top_k = self.top_k

        top_logprobs = self.top_logprobs

        top_p = self.top_p

        user = self.user

        verbosity = self.verbosity

        web_search_options = self.web_search_options

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "messages": messages,
                "model": model,
            }
        )
        if audio is not UNSET:
            field_dict["audio"] = audio
        if frequency_penalty is not UNSET:
            field_dict["frequency_penalty"] = frequency_penalty
        if function_call is not UNSET:
            field_dict["function_call"] = function_call
        if functions is not UNSET:
            field_dict["functions"] = functions
        if logit_bias is not UNSET:
            field_dict["logit_bias"] = logit_bias
        if logprobs is not UNSET:
            field_dict["logprobs"] = logprobs
        if max_completion_tokens is not UNSET:
            field_dict["max_completion_tokens"] = max_completion_tokens
        if max_tokens is not UNSET:
            field_dict["max_tokens"] = max_tokens
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if min_p is not UNSET:
            field_dict["min_p"] = min_p
        if modalities is not UNSET:
            field_dict["modalities"] = modalities
        if moderation is not UNSET:
            field_dict["moderation"] = moderation
        if n is not UNSET:
            field_dict["n"] = n
        if parallel_tool_calls is not UNSET:
            field_dict["parallel_tool_calls"] = parallel_tool_calls
        if prediction is not UNSET:
            field_dict["prediction"] = prediction
        if presence_penalty is not UNSET:
            field_dict["presence_penalty"] = presence_penalty
        if prompt_cache_key is not UNSET:
            field_dict["prompt_cache_key"] = prompt_cache_key
        if prompt_cache_options is not UNSET:
            field_dict["prompt_cache_options"] = prompt_cache_options
        if prompt_cache_retention is not UNSET:
            field_dict["prompt_cache_retention"] = prompt_cache_retention
        if reasoning_effort is not UNSET:
            field_dict["reasoning_effort"] = reasoning_effort
        if repetition_penalty is not UNSET:
            field_dict["repetition_penalty"] = repetition_penalty
        if response_format is not UNSET:
            field_dict["response_format"] = response_format
        if safety_identifier is not UNSET:
            field_dict["safety_identifier"] = safety_identifier
        if seed is not UNSET:
            field_dict["seed"] = seed
        if service_tier is not UNSET:
            field_dict["service_tier"] = service_tier
        if stop is not UNSET:
            field_dict["stop"] = stop
        if store is not UNSET:
            field_dict["store"] = store
        if stream is not UNSET:
            field_dict["stream"] = stream
        if stream_options is not UNSET:
            field_dict["stream_options"] = stream_options
        if temperature is not UNSET:
            field_dict["temperature"] = temperature
        if tool_choice is not UNSET:
            field_dict["tool_choice"] = tool_choice
        if tools is not UNSET:
            field_dict["tools"] = tools
        if top_k is not UNSET:
            field_dict["top_k"] = top_k
        if top_logprobs is not UNSET:
            field_dict["top_logprobs"] = top_logprobs
        if top_p is not UNSET:
            field_dict["top_p"] = top_p
        if user is not UNSET:
            field_dict["user"] = user
        if verbosity is not UNSET:
            field_dict["verbosity"] = verbosity
        if web_search_options is not UNSET:
            field_dict["web_search_options"] = web_search_options

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_message import ChatMessage  # noqa: PLC0415
        from ..models.chat_stream_options import ChatStreamOptions  # noqa: PLC0415

        d = dict(src_dict)
        messages = []
        _messages = d.pop("messages")
        for messages_item_data in _messages:
            messages_item = ChatMessage.from_dict(messages_item_data)

            messages.append(messages_item)

        model = d.pop("model")

        audio = d.pop("audio", UNSET)

        frequency_penalty = d.pop("frequency_penalty", UNSET)

        function_call = d.pop("function_call", UNSET)

        functions = d.pop("functions", UNSET)

        logit_bias = d.pop("logit_bias", UNSET)

        logprobs = d.pop("logprobs", UNSET)

        def _parse_max_completion_tokens(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_completion_tokens = _parse_max_completion_tokens(d.pop("max_completion_tokens", UNSET))

        def _parse_max_tokens(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_tokens = _parse_max_tokens(d.pop("max_tokens", UNSET))

        metadata = d.pop("metadata", UNSET)

        min_p = d.pop("min_p", UNSET)

        modalities = d.pop("modalities", UNSET)

        moderation = d.pop("moderation", UNSET)

        def _parse_n(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        n = _parse_n(d.pop("n", UNSET))

        parallel_tool_calls = d.pop("parallel_tool_calls", UNSET)

        prediction = d.pop("prediction", UNSET)

        presence_penalty = d.pop("presence_penalty", UNSET)

        prompt_cache_key = d.pop("prompt_cache_key", UNSET)

        prompt_cache_options = d.pop("prompt_cache_options", UNSET)

        prompt_cache_retention = d.pop("prompt_cache_retention", UNSET)

        reasoning_effort = d.pop("reasoning_effort", UNSET)

        repetition_penalty = d.pop("repetition_penalty", UNSET)

        response_format = d.pop("response_format", UNSET)

        safety_identifier = d.pop("safety_identifier", UNSET)

        seed = d.pop("seed", UNSET)

        service_tier = d.pop("service_tier", UNSET)

        stop = d.pop("stop", UNSET)

        store = d.pop("store", UNSET)

        def _parse_stream(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        stream = _parse_stream(d.pop("stream", UNSET))

        def _parse_stream_options(data: object) -> ChatStreamOptions | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                stream_options_type_0 = ChatStreamOptions.from_dict(data)

                return stream_options_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChatStreamOptions | None | Unset, data)

        stream_options = _parse_stream_options(d.pop("stream_options", UNSET))

        temperature = d.pop("temperature", UNSET)

        tool_choice = d.pop("tool_choice", UNSET)

        tools = d.pop("tools", UNSET)

        top_k = d.pop("top_k", UNSET)

        top_logprobs = d.pop("top_logprobs", UNSET)

        top_p = d.pop("top_p", UNSET)

        user = d.pop("user", UNSET)

        verbosity = d.pop("verbosity", UNSET)

        web_search_options = d.pop("web_search_options", UNSET)

        made_of_it = cls(
            messages=messages,
            model=model,
            audio=audio,
            frequency_penalty=frequency_penalty,
            function_call=function_call,
            functions=functions,
            logit_bias=logit_bias,
            logprobs=logprobs,
            max_completion_tokens=max_completion_tokens,
            max_tokens=max_tokens,
            metadata=metadata,
            min_p=min_p,
            modalities=modalities,
            moderation=moderation,
            n=n,
            parallel_tool_calls=parallel_tool_calls,
            prediction=prediction,
            presence_penalty=presence_penalty,
            prompt_cache_key=prompt_cache_key,
            prompt_cache_options=prompt_cache_options,
            prompt_cache_retention=prompt_cache_retention,
            reasoning_effort=reasoning_effort,
            repetition_penalty=repetition_penalty,
            response_format=response_format,
            safety_identifier=safety_identifier,
            seed=seed,
            service_tier=service_tier,
            stop=stop,
            store=store,
            stream=stream,
            stream_options=stream_options,
            temperature=temperature,
            tool_choice=tool_choice,
            tools=tools,
            top_k=top_k,
            top_logprobs=top_logprobs,
            top_p=top_p,
            user=user,
            verbosity=verbosity,
            web_search_options=web_search_options,
        )

        return made_of_it
