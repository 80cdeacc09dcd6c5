// Generated from docs/openapi.json by `make sdk-generate`: do not edit.


import { client } from './client.gen.js';
import { type Client, formDataBodySerializer, type Options as Options2, type TDataShape } from './client/index.js';
import type { AddGroupMemberData, AddGroupMemberResponses, ApplyAutoscalingData, ApplyAutoscalingResponses, AssignTenantPlanData, AssignTenantPlanResponses, CancelRotationJobData, CancelRotationJobResponses, CompleteData, CompleteResponses, CreateApiKeyData, CreateApiKeyResponses, CreateAutoscalingProfileData, CreateAutoscalingProfileResponses, CreateCorpusData, CreateCorpusResponses, CreateGlobalPolicyData, CreateGlobalPolicyResponses, CreateGlobalPriceData, CreateGlobalPriceResponses, CreateGlobalSlaPolicyData, CreateGlobalSlaPolicyResponses, CreateGroupData, CreateGroupResponses, CreateImportData, CreateImportResponses, CreatePolicyData, CreatePolicyResponses, CreatePriceData, CreatePriceResponses, CreateSlaPolicyData, CreateSlaPolicyResponses, DeleteCorpusData, DeleteCorpusResponses, DeleteDocumentData, DeleteDocumentResponses, DeleteGlobalPolicyData, DeleteGlobalPolicyResponses, DeleteGroupData, DeleteGroupResponses, DeletePolicyData, DeletePolicyResponses, DisableGlobalPolicyData, DisableGlobalPolicyResponses, DisableGlobalSlaPolicyData, DisableGlobalSlaPolicyResponses, DisablePolicyData, DisablePolicyResponses, DisableSlaPolicyData, DisableSlaPolicyResponses, EnableGlobalPolicyData, EnableGlobalPolicyResponses, EnableGlobalSlaPolicyData, EnableGlobalSlaPolicyResponses, EnablePolicyData, EnablePolicyResponses, EnableSlaPolicyData, EnableSlaPolicyResponses, EvaluateAutoscalingData, EvaluateAutoscalingResponses, ExportAuditEventsData, ExportAuditEventsResponses, GenerateChargebackData, GenerateChargebackResponses, GetAudioData, GetAudioResponses, GetAuditEventData, GetAuditEventResponses, GetAuditKeyData, GetAuditKeyResponses, GetBudgetData, GetBudgetResponses, GetCanariesData, GetCanariesResponses, GetChargebackData, GetChargebackResponses, GetCorpusData, GetCorpusResponses, GetData, GetDocumentData, GetDocumentLabelsData, GetDocumentLabelsResponses, GetDocumentResponses, GetDocumentTextData, GetDocumentTextResponses, GetGroupData, GetGroupResponses, GetHealthData, GetHealthResponses, GetImportData, GetImportResponses, GetKillSwitchesData, GetKillSwitchesResponses, GetLatestChargebackData, GetLatestChargebackResponses, GetLivenessData, GetLivenessResponses, GetMetricsData, GetMetricsResponses, GetOpsHealthData, GetOpsHealthResponses, GetPlanData, GetPlanResponses, GetPolicyData, GetPolicyResponses, GetQuotaData, GetQuotaResponses, GetReadinessData, GetReadinessResponses, GetResponses, GetRotationJobData, GetRotationJobResponses, GetRunReceiptData, GetRunReceiptResponses, GetSlaAssignmentData, GetSlaAssignmentResponses, GetSpendBreakdownData, GetSpendBreakdownResponses, GetSpendSummaryData, GetSpendSummaryResponses, GetSpendTimeseriesData, GetSpendTimeseriesResponses, GetTenantBudgetData, GetTenantBudgetResponses, GetTenantPlanData, GetTenantPlanResponses, GetTenantSpendBreakdownData, GetTenantSpendBreakdownResponses, GetTenantSpendSummaryData, GetTenantSpendSummaryResponses, GetTenantSpendTimeseriesData, GetTenantSpendTimeseriesResponses, GetTenantUsageData, GetTenantUsageResponses, GetUiBootstrapData, GetUiBootstrapResponses, GetUiDashboardData, GetUiDashboardResponses, GetUsageSummaryData, GetUsageSummaryResponses, GetUsageTimeseriesData, GetUsageTimeseriesResponses, GrantCorpusPermissionData, GrantCorpusPermissionResponses, GrantCorpusPermissionsData, GrantCorpusPermissionsResponses, GrantDocumentPermissionData, GrantDocumentPermissionResponses, GrantDocumentPermissionsData, GrantDocumentPermissionsResponses, IngestTextData, IngestTextResponses, ListApiKeysData, ListApiKeysResponses, ListAuditEventsData, ListAuditEventsResponses, ListAutoscalingActionsData, ListAutoscalingActionsResponses, ListAutoscalingProfilesData, ListAutoscalingProfilesResponses, ListChargebacksData, ListChargebacksResponses, ListCorporaData, ListCorporaResponses, ListCorpusPermissionsData, ListCorpusPermissionsResponses, ListData, ListDocumentPermissionsData, ListDocumentPermissionsResponses, ListDocumentReadersData, ListDocumentReadersResponses, ListDocumentsData, ListDocumentsResponses, ListGroupsData, ListGroupsResponses, ListPlansData, ListPlansResponses, ListPlatformKeysData, ListPlatformKeysResponses, ListPoliciesData, ListPoliciesResponses, ListPricesData, ListPricesResponses, ListPrincipalPermissionsData, ListPrincipalPermissionsResponses, ListReadableDocumentsData, ListReadableDocumentsResponses, ListResponses, ListSlaIncidentsData, ListSlaIncidentsResponses, ListSlaMeasurementsData, ListSlaMeasurementsResponses, ListSlaPoliciesData, ListSlaPoliciesResponses, ListTenantApiKeysData, ListTenantApiKeysResponses, ListTenantKeysData, ListTenantKeysResponses, ListUiActivityData, ListUiActivityResponses, ListUiDocumentsData, ListUiDocumentsResponses, OverrideTenantFeatureData, OverrideTenantFeatureResponses, PatchApiKeyData, PatchApiKeyResponses, PatchAutoscalingProfileData, PatchAutoscalingProfileResponses, PatchCanariesData, PatchCanariesResponses, PatchCorpusData, PatchCorpusPermissionData, PatchCorpusPermissionResponses, PatchCorpusResponses, PatchDocumentData, PatchDocumentPermissionData, PatchDocumentPermissionResponses, PatchDocumentResponses, PatchGlobalPolicyData, PatchGlobalPolicyResponses, PatchGlobalPriceData, PatchGlobalPriceResponses, PatchGlobalSlaPolicyData, PatchGlobalSlaPolicyResponses, PatchKillSwitchesData, PatchKillSwitchesResponses, PatchPolicyData, PatchPolicyResponses, PatchPriceData, PatchPriceResponses, PatchQuotaData, PatchQuotaResponses, PatchSlaAssignmentData, PatchSlaAssignmentResponses, PatchSlaPolicyData, PatchSlaPolicyResponses, PatchTenantBudgetData, PatchTenantBudgetResponses, PauseRotationJobData, PauseRotationJobResponses, PutDocumentLabelsData, PutDocumentLabelsResponses, ReindexCorpusData, ReindexCorpusResponses, ReindexDocumentData, ReindexDocumentResponses, ReindexUiDocumentData, ReindexUiDocumentResponses, RemoveGroupMemberData, RemoveGroupMemberResponses, ReportInactiveApiKeysData, ReportInactiveApiKeysResponses, RequestPlanUpgradeData, RequestPlanUpgradeResponses, ResolveSlaIncidentData, ResolveSlaIncidentResponses, ResumeRotationJobData, ResumeRotationJobResponses, RetirePlatformKeyData, RetirePlatformKeyResponses, RevokeApiKeyData, RevokeApiKeyResponses, RevokeCorpusPermissionData, RevokeCorpusPermissionResponses, RevokeDocumentPermissionData, RevokeDocumentPermissionResponses, RotatePlatformKeyData, RotatePlatformKeyResponses, RotateTenantKeyData, RotateTenantKeyResponses, SearchCorpusData, SearchCorpusFilteredData, SearchCorpusFilteredResponses, SearchCorpusResponses, SimulateDraftPolicyData, SimulateDraftPolicyResponses, SimulatePolicyData, SimulatePolicyResponses, TestBillingWebhookData, TestBillingWebhookResponses, UploadDocumentData, UploadDocumentResponses } from './types.gen.js';

export type Options<TData extends TDataShape = TDataShape, ThrowOnError extends boolean = boolean, TResponse = unknown> = Options2<TData, ThrowOnError, TResponse> & {
    /**
     * You can provide a client instance returned by `createClient()` instead of
     * individual options. This might be also useful if you want to implement a
     * custom client.
     */
    client?: Client;
    /**
     * You can pass arbitrary values through the `meta` object. This can be
     * used to access values that aren't defined as part of the SDK function.
     */
    meta?: Record<string, unknown>;
};

class HeyApiClient {
    protected client: Client;
    
    constructor(args?: {
        client?: Client;
    }) {
        this.client = args?.client ?? client;
    }
}

class HeyApiRegistry<T> {
    private readonly defaultKey = 'default';
    
    private readonly instances: Map<string, T> = new Map();
    
    get(key?: string): T {
        const instance = this.instances.get(key ?? this.defaultKey);
        if (!instance) {
            throw new Error(`No SDK client found. Create one with "new Operations()" to fix this error.`);
        }
        return instance;
    }
    
    set(value: T, key?: string): void {
        this.instances.set(key ?? this.defaultKey, value);
    }
}

export class Operations extends HeyApiClient {
    public static readonly __registry = new HeyApiRegistry<Operations>();
    
    constructor(args?: {
        client?: Client;
        key?: string;
    }) {
        super(args);
        Operations.__registry.set(this, args?.key);
    }
    
    /**
     * Lists the keys of the tenant, newest first, a page at a time.
     */
    public listTenantApiKeys<ThrowOnError extends boolean = true>(options?: Options<ListTenantApiKeysData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListTenantApiKeysResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/api-keys',
            ...options
        });
    }
    
    /**
     * Renames, expires, revokes or reactivates a key. Reactivating moves the start of its inactivity to now.
     */
    public patchApiKey<ThrowOnError extends boolean = true>(options: Options<PatchApiKeyData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchApiKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/api-keys/{key_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the grants on a corpus, expired ones too.
     */
    public listCorpusPermissions<ThrowOnError extends boolean = true>(options: Options<ListCorpusPermissionsData, ThrowOnError>) {
        return (options.client ?? this.client).get<ListCorpusPermissionsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/corpora/{corpus_id}/permissions',
            ...options
        });
    }
    
    /**
     * Grants a permission on every document of a corpus, those to come included. Granting it again moves its end, also when it had expired.
     */
    public grantCorpusPermission<ThrowOnError extends boolean = true>(options: Options<GrantCorpusPermissionData, ThrowOnError>) {
        return (options.client ?? this.client).post<GrantCorpusPermissionResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/corpora/{corpus_id}/permissions',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Grants many permissions at once, all or none. The answer names those that are new or renewed.
     */
    public grantCorpusPermissions<ThrowOnError extends boolean = true>(options: Options<GrantCorpusPermissionsData, ThrowOnError>) {
        return (options.client ?? this.client).post<GrantCorpusPermissionsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/corpora/{corpus_id}/permissions/bulk',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Takes a grant back. It counts from the next request on.
     */
    public revokeCorpusPermission<ThrowOnError extends boolean = true>(options: Options<RevokeCorpusPermissionData, ThrowOnError>) {
        return (options.client ?? this.client).delete<RevokeCorpusPermissionResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/corpora/{corpus_id}/permissions/{permission_id}',
            ...options
        });
    }
    
    /**
     * Moves the end of a grant; null lets it last.
     */
    public patchCorpusPermission<ThrowOnError extends boolean = true>(options: Options<PatchCorpusPermissionData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchCorpusPermissionResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/corpora/{corpus_id}/permissions/{permission_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * The labels of a document.
     */
    public getDocumentLabels<ThrowOnError extends boolean = true>(options: Options<GetDocumentLabelsData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetDocumentLabelsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/labels',
            ...options
        });
    }
    
    /**
     * Replaces all labels of a document. Policies read the new ones from the next request on.
     */
    public putDocumentLabels<ThrowOnError extends boolean = true>(options: Options<PutDocumentLabelsData, ThrowOnError>) {
        return (options.client ?? this.client).put<PutDocumentLabelsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/labels',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the grants on a document, expired ones too.
     */
    public listDocumentPermissions<ThrowOnError extends boolean = true>(options: Options<ListDocumentPermissionsData, ThrowOnError>) {
        return (options.client ?? this.client).get<ListDocumentPermissionsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/permissions',
            ...options
        });
    }
    
    /**
     * Grants a permission. Granting it again moves its end, also when it had expired.
     */
    public grantDocumentPermission<ThrowOnError extends boolean = true>(options: Options<GrantDocumentPermissionData, ThrowOnError>) {
        return (options.client ?? this.client).post<GrantDocumentPermissionResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/permissions',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Grants many permissions at once, all or none. The answer names those that are new or renewed.
     */
    public grantDocumentPermissions<ThrowOnError extends boolean = true>(options: Options<GrantDocumentPermissionsData, ThrowOnError>) {
        return (options.client ?? this.client).post<GrantDocumentPermissionsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/permissions/bulk',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Takes a grant back. It counts from the next request on.
     */
    public revokeDocumentPermission<ThrowOnError extends boolean = true>(options: Options<RevokeDocumentPermissionData, ThrowOnError>) {
        return (options.client ?? this.client).delete<RevokeDocumentPermissionResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/permissions/{permission_id}',
            ...options
        });
    }
    
    /**
     * Moves the end of a grant; null lets it last.
     */
    public patchDocumentPermission<ThrowOnError extends boolean = true>(options: Options<PatchDocumentPermissionData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchDocumentPermissionResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/permissions/{permission_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the users who can read a document, each with the grants and the policy that say so. The pages go over all users
     * of the tenant, so that one may be empty before the last.
     */
    public listDocumentReaders<ThrowOnError extends boolean = true>(options: Options<ListDocumentReadersData, ThrowOnError>) {
        return (options.client ?? this.client).get<ListDocumentReadersResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/documents/{document_id}/readers',
            ...options
        });
    }
    
    /**
     * Makes a policy that binds every tenant.
     */
    public createGlobalPolicy<ThrowOnError extends boolean = true>(options: Options<CreateGlobalPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateGlobalPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/global-policies',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Deletes a global policy.
     */
    public deleteGlobalPolicy<ThrowOnError extends boolean = true>(options: Options<DeleteGlobalPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).delete<DeleteGlobalPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/global-policies/{policy_id}',
            ...options
        });
    }
    
    /**
     * Changes a global policy. What is not given stays; every change makes a new version.
     */
    public patchGlobalPolicy<ThrowOnError extends boolean = true>(options: Options<PatchGlobalPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchGlobalPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/global-policies/{policy_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Switches a global policy off. Its version stays.
     */
    public disableGlobalPolicy<ThrowOnError extends boolean = true>(options: Options<DisableGlobalPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<DisableGlobalPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/global-policies/{policy_id}/disable',
            ...options
        });
    }
    
    /**
     * Switches a global policy on. Its version stays.
     */
    public enableGlobalPolicy<ThrowOnError extends boolean = true>(options: Options<EnableGlobalPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<EnableGlobalPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/global-policies/{policy_id}/enable',
            ...options
        });
    }
    
    /**
     * Lists the policies that bind the tenant, highest priority first.
     */
    public listPolicies<ThrowOnError extends boolean = true>(options?: Options<ListPoliciesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListPoliciesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies',
            ...options
        });
    }
    
    /**
     * Makes a policy of the tenant.
     */
    public createPolicy<ThrowOnError extends boolean = true>(options: Options<CreatePolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreatePolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Deletes a policy of the tenant.
     */
    public deletePolicy<ThrowOnError extends boolean = true>(options: Options<DeletePolicyData, ThrowOnError>) {
        return (options.client ?? this.client).delete<DeletePolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies/{policy_id}',
            ...options
        });
    }
    
    /**
     * One policy that binds the tenant.
     */
    public getPolicy<ThrowOnError extends boolean = true>(options: Options<GetPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies/{policy_id}',
            ...options
        });
    }
    
    /**
     * Changes a policy of the tenant. What is not given stays; every change makes a new version.
     */
    public patchPolicy<ThrowOnError extends boolean = true>(options: Options<PatchPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies/{policy_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Switches a policy of the tenant off. Its version stays.
     */
    public disablePolicy<ThrowOnError extends boolean = true>(options: Options<DisablePolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<DisablePolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies/{policy_id}/disable',
            ...options
        });
    }
    
    /**
     * Switches a policy of the tenant on. Its version stays.
     */
    public enablePolicy<ThrowOnError extends boolean = true>(options: Options<EnablePolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<EnablePolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies/{policy_id}/enable',
            ...options
        });
    }
    
    /**
     * Tells what would be decided if a policy counted, as it is or as a draft of it says.
     */
    public simulatePolicy<ThrowOnError extends boolean = true>(options: Options<SimulatePolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<SimulatePolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/policies/{policy_id}/simulate',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the documents that a user can read, oldest first.
     */
    public listReadableDocuments<ThrowOnError extends boolean = true>(options: Options<ListReadableDocumentsData, ThrowOnError>) {
        return (options.client ?? this.client).get<ListReadableDocumentsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/principals/user/{user_id}/documents',
            ...options
        });
    }
    
    /**
     * Lists the grants that name a principal, on documents and on corpora, ended ones too, oldest first.
     */
    public listPrincipalPermissions<ThrowOnError extends boolean = true>(options: Options<ListPrincipalPermissionsData, ThrowOnError>) {
        return (options.client ?? this.client).get<ListPrincipalPermissionsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/principals/{principal_type}/{principal_id}/permissions',
            ...options
        });
    }
    
    /**
     * Tells what would be decided if there were one policy more.
     */
    public simulateDraftPolicy<ThrowOnError extends boolean = true>(options: Options<SimulateDraftPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<SimulateDraftPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/authz/simulate',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * The budget of the tenant.
     */
    public getTenantBudget<ThrowOnError extends boolean = true>(options?: Options<GetTenantBudgetData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetTenantBudgetResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/budget',
            ...options
        });
    }
    
    /**
     * Changes the budget of the tenant. What is not given stays, and `null` clears an amount. An override ends with the month.
     *
     * A budget that is enforced needs prices for what is used here, or it would never hold: without them the answer is 422
     * `COST_INVALID_BUDGET_CONFIG` and `details.missing` names them.
     */
    public patchTenantBudget<ThrowOnError extends boolean = true>(options: Options<PatchTenantBudgetData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchTenantBudgetResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/budget',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Writes the report of a period. A period has one report: asking again brings it up to date.
     */
    public generateChargeback<ThrowOnError extends boolean = true>(options?: Options<GenerateChargebackData, ThrowOnError>) {
        return (options?.client ?? this.client).post<GenerateChargebackResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/chargeback/generate',
            ...options
        });
    }
    
    /**
     * Lists the reports of the tenant, newest first.
     */
    public listChargebacks<ThrowOnError extends boolean = true>(options?: Options<ListChargebacksData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListChargebacksResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/chargeback/reports',
            ...options
        });
    }
    
    /**
     * One report.
     */
    public getChargeback<ThrowOnError extends boolean = true>(options: Options<GetChargebackData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetChargebackResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/chargeback/reports/{report_id}',
            ...options
        });
    }
    
    /**
     * Lists the prices of the tenant and those of the operator, which hold where the tenant has none.
     */
    public listPrices<ThrowOnError extends boolean = true>(options?: Options<ListPricesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListPricesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/pricing/catalog',
            ...options
        });
    }
    
    /**
     * Makes a price of the tenant. It comes before that of the operator for the same thing, and ends an open one that began
     * before, which goes on after it when it ends itself; no two hold at the same time.
     */
    public createPrice<ThrowOnError extends boolean = true>(options: Options<CreatePriceData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreatePriceResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/pricing/catalog',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Ends a price of the tenant, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an enforced
     * budget rests on it.
     */
    public patchPrice<ThrowOnError extends boolean = true>(options: Options<PatchPriceData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchPriceResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/pricing/catalog/{price_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Makes a price that holds for every tenant without one of its own.
     */
    public createGlobalPrice<ThrowOnError extends boolean = true>(options: Options<CreateGlobalPriceData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateGlobalPriceResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/pricing/global',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Ends a price that holds for all, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an
     * enforced budget of any tenant rests on it.
     */
    public patchGlobalPrice<ThrowOnError extends boolean = true>(options: Options<PatchGlobalPriceData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchGlobalPriceResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/pricing/global/{price_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * What the tenant spent in a month, told apart.
     */
    public getTenantSpendBreakdown<ThrowOnError extends boolean = true>(options: Options<GetTenantSpendBreakdownData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetTenantSpendBreakdownResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/spend/breakdown',
            ...options
        });
    }
    
    /**
     * What the tenant spent in a month.
     */
    public getTenantSpendSummary<ThrowOnError extends boolean = true>(options?: Options<GetTenantSpendSummaryData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetTenantSpendSummaryResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/spend/summary',
            ...options
        });
    }
    
    /**
     * What the tenant spent over time.
     */
    public getTenantSpendTimeseries<ThrowOnError extends boolean = true>(options?: Options<GetTenantSpendTimeseriesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetTenantSpendTimeseriesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/costs/spend/timeseries',
            ...options
        });
    }
    
    /**
     * The keys of one's own tenant.
     */
    public listTenantKeys<ThrowOnError extends boolean = true>(options: Options<ListTenantKeysData, ThrowOnError>) {
        return (options.client ?? this.client).get<ListTenantKeysResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/crypto/keys/{tenant_id}',
            ...options
        });
    }
    
    /**
     * Makes a new version of the key of one's own tenant. It seals at once; a job seals anew what older versions sealed.
     */
    public rotateTenantKey<ThrowOnError extends boolean = true>(options: Options<RotateTenantKeyData, ThrowOnError>) {
        return (options.client ?? this.client).post<RotateTenantKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/crypto/keys/{tenant_id}/rotate',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * How far a rotation is, and what it could not read.
     */
    public getRotationJob<ThrowOnError extends boolean = true>(options: Options<GetRotationJobData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetRotationJobResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/crypto/rotation-jobs/{id}',
            ...options
        });
    }
    
    /**
     * Gives a rotation up: what was sealed anew stays so, and older versions go on to open the rest.
     */
    public cancelRotationJob<ThrowOnError extends boolean = true>(options: Options<CancelRotationJobData, ThrowOnError>) {
        return (options.client ?? this.client).post<CancelRotationJobResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/crypto/rotation-jobs/{id}/cancel',
            ...options
        });
    }
    
    /**
     * Lets a rotation rest from the next thing on. One that is over stays as it is.
     */
    public pauseRotationJob<ThrowOnError extends boolean = true>(options: Options<PauseRotationJobData, ThrowOnError>) {
        return (options.client ?? this.client).post<PauseRotationJobResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/crypto/rotation-jobs/{id}/pause',
            ...options
        });
    }
    
    /**
     * Lets a rotation go on where it rests.
     */
    public resumeRotationJob<ThrowOnError extends boolean = true>(options: Options<ResumeRotationJobData, ThrowOnError>) {
        return (options.client ?? this.client).post<ResumeRotationJobResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/crypto/rotation-jobs/{id}/resume',
            ...options
        });
    }
    
    /**
     * Lists the groups of the tenant, oldest first.
     */
    public listGroups<ThrowOnError extends boolean = true>(options?: Options<ListGroupsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListGroupsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/groups',
            ...options
        });
    }
    
    /**
     * Makes a group without members.
     */
    public createGroup<ThrowOnError extends boolean = true>(options: Options<CreateGroupData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateGroupResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/groups',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Deletes a group. Grants to it speak to nobody from then on.
     */
    public deleteGroup<ThrowOnError extends boolean = true>(options: Options<DeleteGroupData, ThrowOnError>) {
        return (options.client ?? this.client).delete<DeleteGroupResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/groups/{group_id}',
            ...options
        });
    }
    
    /**
     * One group with its members.
     */
    public getGroup<ThrowOnError extends boolean = true>(options: Options<GetGroupData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetGroupResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/groups/{group_id}',
            ...options
        });
    }
    
    /**
     * Takes a user out of a group. It counts from the next request on.
     */
    public removeGroupMember<ThrowOnError extends boolean = true>(options: Options<RemoveGroupMemberData, ThrowOnError>) {
        return (options.client ?? this.client).delete<RemoveGroupMemberResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/groups/{group_id}/members/{user_id}',
            ...options
        });
    }
    
    /**
     * Makes a user a member of a group.
     */
    public addGroupMember<ThrowOnError extends boolean = true>(options: Options<AddGroupMemberData, ThrowOnError>) {
        return (options.client ?? this.client).put<AddGroupMemberResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/groups/{group_id}/members/{user_id}',
            ...options
        });
    }
    
    /**
     * The keys of the platform, newest first, without their secrets.
     */
    public listPlatformKeys<ThrowOnError extends boolean = true>(options?: Options<ListPlatformKeysData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListPlatformKeysResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/keyring',
            ...options
        });
    }
    
    /**
     * Makes a key, which is used from the next signature on, on every replica. The one before it is accepted until it is retired.
     * The secret is in this answer and nowhere else.
     */
    public rotatePlatformKey<ThrowOnError extends boolean = true>(options: Options<RotatePlatformKeyData, ThrowOnError>) {
        return (options.client ?? this.client).post<RotatePlatformKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/keyring/rotate',
            ...options
        });
    }
    
    /**
     * Ends a key: it is used for nothing new and accepted no more. One that has ended stays as it is.
     */
    public retirePlatformKey<ThrowOnError extends boolean = true>(options: Options<RetirePlatformKeyData, ThrowOnError>) {
        return (options.client ?? this.client).post<RetirePlatformKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/keyring/{key_id}/retire',
            ...options
        });
    }
    
    /**
     * All plans, smallest first.
     */
    public listPlans<ThrowOnError extends boolean = true>(options?: Options<ListPlansData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListPlansResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/plans',
            ...options
        });
    }
    
    /**
     * The plan of a tenant: of one's own, or as the operator of any.
     */
    public getTenantPlan<ThrowOnError extends boolean = true>(options: Options<GetTenantPlanData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetTenantPlanResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/plans/{tenant_id}',
            ...options
        });
    }
    
    /**
     * Gives a tenant a plan from now on, or from a date on, in place of everything that was to count from then on. Its features
     * hold from the next request on, or from the first one after that date.
     */
    public assignTenantPlan<ThrowOnError extends boolean = true>(options: Options<AssignTenantPlanData, ThrowOnError>) {
        return (options.client ?? this.client).patch<AssignTenantPlanResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/plans/{tenant_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Decides a feature for one tenant, or lets its plan decide again.
     */
    public overrideTenantFeature<ThrowOnError extends boolean = true>(options: Options<OverrideTenantFeatureData, ThrowOnError>) {
        return (options.client ?? this.client).patch<OverrideTenantFeatureResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/plans/{tenant_id}/overrides',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * How much a tenant may use: one's own, or as the operator any.
     */
    public getQuota<ThrowOnError extends boolean = true>(options: Options<GetQuotaData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetQuotaResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/quotas/{tenant_id}',
            ...options
        });
    }
    
    /**
     * Changes how much a tenant may use. An explicit `null` removes a limit. It counts from the next request on, on every
     * replica.
     */
    public patchQuota<ThrowOnError extends boolean = true>(options: Options<PatchQuotaData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchQuotaResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/quotas/{tenant_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Which share of tenants has what is being rolled out.
     */
    public getCanaries<ThrowOnError extends boolean = true>(options?: Options<GetCanariesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetCanariesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/rollouts/canary',
            ...options
        });
    }
    
    /**
     * Gives something to a share of tenants. A tenant that has it keeps it while the share grows. What is not named stays.
     */
    public patchCanaries<ThrowOnError extends boolean = true>(options: Options<PatchCanariesData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchCanariesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/rollouts/canary',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * What is stopped for everybody.
     */
    public getKillSwitches<ThrowOnError extends boolean = true>(options?: Options<GetKillSwitchesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetKillSwitchesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/rollouts/killswitches',
            ...options
        });
    }
    
    /**
     * Stops something for everybody, or lets it go on, from the next request on every replica. What is not named stays.
     */
    public patchKillSwitches<ThrowOnError extends boolean = true>(options: Options<PatchKillSwitchesData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchKillSwitchesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/rollouts/killswitches',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * The assignment of a tenant that is in force, and what is planned; or else the one that begins next.
     */
    public getSlaAssignment<ThrowOnError extends boolean = true>(options: Options<GetSlaAssignmentData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetSlaAssignmentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/assignments/{tenant_id}',
            ...options
        });
    }
    
    /**
     * Says which policy counts for a tenant, in place of what was said before. What is not given is as if it was never said. With a
     * beginning in the future, what counts now counts until then.
     */
    public patchSlaAssignment<ThrowOnError extends boolean = true>(options: Options<PatchSlaAssignmentData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchSlaAssignmentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/assignments/{tenant_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists what was recommended, newest first.
     */
    public listAutoscalingActions<ThrowOnError extends boolean = true>(options?: Options<ListAutoscalingActionsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListAutoscalingActionsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/autoscaling/actions',
            ...options
        });
    }
    
    /**
     * Recommends a number of replicas and has it executed, unless the installation only tries (`AUTOSCALING_DRY_RUN`) or has no
     * executor: the answer says whether anything was done.
     */
    public applyAutoscaling<ThrowOnError extends boolean = true>(options: Options<ApplyAutoscalingData, ThrowOnError>) {
        return (options.client ?? this.client).post<ApplyAutoscalingResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/autoscaling/apply',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Recommends a number of replicas. Nothing is executed, and no cooldown begins.
     */
    public evaluateAutoscaling<ThrowOnError extends boolean = true>(options: Options<EvaluateAutoscalingData, ThrowOnError>) {
        return (options.client ?? this.client).post<EvaluateAutoscalingResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/autoscaling/evaluate',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the profiles of the tenant and of the operator, newest first.
     */
    public listAutoscalingProfiles<ThrowOnError extends boolean = true>(options?: Options<ListAutoscalingProfilesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListAutoscalingProfilesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/autoscaling/profiles',
            ...options
        });
    }
    
    /**
     * Makes a profile.
     */
    public createAutoscalingProfile<ThrowOnError extends boolean = true>(options: Options<CreateAutoscalingProfileData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateAutoscalingProfileResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/autoscaling/profiles',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Changes a profile. What is not given stays.
     */
    public patchAutoscalingProfile<ThrowOnError extends boolean = true>(options: Options<PatchAutoscalingProfileData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchAutoscalingProfileResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/autoscaling/profiles/{profile_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Makes a policy that counts for every tenant without an assignment, as long as it is the newest.
     */
    public createGlobalSlaPolicy<ThrowOnError extends boolean = true>(options: Options<CreateGlobalSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateGlobalSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/global-policies',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Changes a global policy. What is not given stays; a change of more than `enabled` makes a new version.
     */
    public patchGlobalSlaPolicy<ThrowOnError extends boolean = true>(options: Options<PatchGlobalSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchGlobalSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/global-policies/{policy_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Switches a global policy off. Its version stays.
     */
    public disableGlobalSlaPolicy<ThrowOnError extends boolean = true>(options: Options<DisableGlobalSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<DisableGlobalSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/global-policies/{policy_id}/disable',
            ...options
        });
    }
    
    /**
     * Switches a global policy on. Its version stays.
     */
    public enableGlobalSlaPolicy<ThrowOnError extends boolean = true>(options: Options<EnableGlobalSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<EnableGlobalSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/global-policies/{policy_id}/enable',
            ...options
        });
    }
    
    /**
     * Lists the incidents of the tenant, newest first.
     */
    public listSlaIncidents<ThrowOnError extends boolean = true>(options?: Options<ListSlaIncidentsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListSlaIncidentsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/incidents',
            ...options
        });
    }
    
    /**
     * Resolves an incident by hand. Only a window that is broken afterwards opens another one.
     */
    public resolveSlaIncident<ThrowOnError extends boolean = true>(options: Options<ResolveSlaIncidentData, ThrowOnError>) {
        return (options.client ?? this.client).post<ResolveSlaIncidentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/incidents/{incident_id}/resolve',
            ...options
        });
    }
    
    /**
     * Lists what was measured by all replicas together, newest window first.
     */
    public listSlaMeasurements<ThrowOnError extends boolean = true>(options?: Options<ListSlaMeasurementsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListSlaMeasurementsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/measurements',
            ...options
        });
    }
    
    /**
     * Lists the policies that may count for the tenant, newest first.
     */
    public listSlaPolicies<ThrowOnError extends boolean = true>(options?: Options<ListSlaPoliciesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListSlaPoliciesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/policies',
            ...options
        });
    }
    
    /**
     * Makes a policy of the tenant. It counts for the tenant once it is assigned.
     */
    public createSlaPolicy<ThrowOnError extends boolean = true>(options: Options<CreateSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/policies',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Changes a policy of the tenant. What is not given stays; a change of more than `enabled` makes a new version.
     */
    public patchSlaPolicy<ThrowOnError extends boolean = true>(options: Options<PatchSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/policies/{policy_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Switches a policy of the tenant off. Its version stays.
     */
    public disableSlaPolicy<ThrowOnError extends boolean = true>(options: Options<DisableSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<DisableSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/policies/{policy_id}/disable',
            ...options
        });
    }
    
    /**
     * Switches a policy of the tenant on. Its version stays.
     */
    public enableSlaPolicy<ThrowOnError extends boolean = true>(options: Options<EnableSlaPolicyData, ThrowOnError>) {
        return (options.client ?? this.client).post<EnableSlaPolicyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/sla/policies/{policy_id}/enable',
            ...options
        });
    }
    
    /**
     * How many units a tenant has used in a day or a month.
     */
    public getTenantUsage<ThrowOnError extends boolean = true>(options: Options<GetTenantUsageData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetTenantUsageResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/admin/usage/{tenant_id}',
            ...options
        });
    }
    
    /**
     * The sound of an answer. The address comes from an `audio.ready` event, signature included.
     */
    public getAudio<ThrowOnError extends boolean = true>(options: Options<GetAudioData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetAudioResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/audio/{file}',
            ...options
        });
    }
    
    /**
     * The events of the caller's tenant that fit, newest first.
     */
    public listAuditEvents<ThrowOnError extends boolean = true>(options?: Options<ListAuditEventsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListAuditEventsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/audit/events',
            ...options
        });
    }
    
    /**
     * One event of the caller's tenant.
     */
    public getAuditEvent<ThrowOnError extends boolean = true>(options: Options<GetAuditEventData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetAuditEventResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/audit/events/{event_id}',
            ...options
        });
    }
    
    /**
     * The sealed events of the caller's tenant, oldest first, with everything that proves them: one JSON object a line, for
     * `nexus audit verify`. Ends after 100,000 events with `more`; the next part begins after its `through`.
     */
    public exportAuditEvents<ThrowOnError extends boolean = true>(options?: Options<ExportAuditEventsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ExportAuditEventsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/audit/export',
            ...options
        });
    }
    
    /**
     * The public keys that checkpoints are signed with, and for callers with a credential the newest checkpoint. Keep both: a
     * checkpoint in your hands is one that nobody can take back.
     */
    public getAuditKey<ThrowOnError extends boolean = true>(options?: Options<GetAuditKeyData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetAuditKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/audit/key',
            ...options
        });
    }
    
    /**
     * Asks a question of a corpus, in the form of OpenAI's chat completions.
     *
     * `model` is the corpus, the last message is the question, and those before it are the conversation. With `stream` the
     * answer comes in chunks and ends with `data: [DONE]`; a client that hangs up stops the run. Annotations of the message name
     * the documents that it rests on, and the characters.
     */
    public complete<ThrowOnError extends boolean = true>(options: Options<CompleteData, ThrowOnError>) {
        return (options.client ?? this.client).post<CompleteResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/chat/completions',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the corpora of the tenant, oldest first.
     */
    public listCorpora<ThrowOnError extends boolean = true>(options?: Options<ListCorporaData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListCorporaResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora',
            ...options
        });
    }
    
    /**
     * Makes a corpus. Without an id the server chooses one.
     */
    public createCorpus<ThrowOnError extends boolean = true>(options: Options<CreateCorpusData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateCorpusResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Deletes a corpus that has no documents.
     */
    public deleteCorpus<ThrowOnError extends boolean = true>(options: Options<DeleteCorpusData, ThrowOnError>) {
        return (options.client ?? this.client).delete<DeleteCorpusResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora/{corpus_id}',
            ...options
        });
    }
    
    /**
     * One corpus.
     */
    public getCorpus<ThrowOnError extends boolean = true>(options: Options<GetCorpusData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetCorpusResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora/{corpus_id}',
            ...options
        });
    }
    
    /**
     * Changes the name or the retrieval routing of a corpus. What is not given stays.
     */
    public patchCorpus<ThrowOnError extends boolean = true>(options: Options<PatchCorpusData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchCorpusResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora/{corpus_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Processes every document of a corpus anew. Its passages are found until those that replace them are there; after a change
     * of the embedding model they are not found until their document is done.
     */
    public reindexCorpus<ThrowOnError extends boolean = true>(options: Options<ReindexCorpusData, ThrowOnError>) {
        return (options.client ?? this.client).post<ReindexCorpusResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora/{corpus_id}/reindex',
            ...options
        });
    }
    
    /**
     * Finds the passages that fit a question best, among those that the caller may read, without writing an answer.
     */
    public searchCorpus<ThrowOnError extends boolean = true>(options: Options<SearchCorpusData, ThrowOnError>) {
        return (options.client ?? this.client).get<SearchCorpusResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora/{corpus_id}/search',
            ...options
        });
    }
    
    /**
     * Finds the passages that fit a question best, among those that the caller may read and that pass a filter on labels and
     * metadata, without writing an answer.
     */
    public searchCorpusFiltered<ThrowOnError extends boolean = true>(options: Options<SearchCorpusFilteredData, ThrowOnError>) {
        return (options.client ?? this.client).post<SearchCorpusFilteredResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/corpora/{corpus_id}/search',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the documents that the caller may read, oldest first.
     */
    public listDocuments<ThrowOnError extends boolean = true>(options?: Options<ListDocumentsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListDocumentsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents',
            ...options
        });
    }
    
    /**
     * Uploads a document. It is processed by a job; poll `status_url`.
     */
    public uploadDocument<ThrowOnError extends boolean = true>(options: Options<UploadDocumentData, ThrowOnError>) {
        return (options.client ?? this.client).post<UploadDocumentResponses, unknown, ThrowOnError, 'data'>({
            ...formDataBodySerializer,
            responseStyle: 'data',
            url: '/v1/documents',
            ...options,
            headers: {
                'Content-Type': null,
                ...options.headers
            }
        });
    }
    
    /**
     * Ingests a text. With a `document_id` the call can be repeated: a document that is there stays unless `overwrite` is set.
     */
    public ingestText<ThrowOnError extends boolean = true>(options: Options<IngestTextData, ThrowOnError>) {
        return (options.client ?? this.client).post<IngestTextResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents/text',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Deletes a document with its chunks and grants.
     */
    public deleteDocument<ThrowOnError extends boolean = true>(options: Options<DeleteDocumentData, ThrowOnError>) {
        return (options.client ?? this.client).delete<DeleteDocumentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents/{document_id}',
            ...options
        });
    }
    
    /**
     * One document.
     */
    public getDocument<ThrowOnError extends boolean = true>(options: Options<GetDocumentData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetDocumentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents/{document_id}',
            ...options
        });
    }
    
    /**
     * Changes the name, the metadata or the labels of a document. What is not given stays.
     */
    public patchDocument<ThrowOnError extends boolean = true>(options: Options<PatchDocumentData, ThrowOnError>) {
        return (options.client ?? this.client).patch<PatchDocumentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents/{document_id}',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Processes a document anew from its stored source.
     */
    public reindexDocument<ThrowOnError extends boolean = true>(options: Options<ReindexDocumentData, ThrowOnError>) {
        return (options.client ?? this.client).post<ReindexDocumentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents/{document_id}/reindex',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * The stored text between two offsets: the quote of a citation is exactly what stands here.
     */
    public getDocumentText<ThrowOnError extends boolean = true>(options: Options<GetDocumentTextData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetDocumentTextResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/documents/{document_id}/text',
            ...options
        });
    }
    
    /**
     * Says that the server answers.
     */
    public getHealth<ThrowOnError extends boolean = true>(options?: Options<GetHealthData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetHealthResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/health',
            ...options
        });
    }
    
    /**
     * Says that the server lives, without an envelope: probes of orchestrators look at the status alone.
     */
    public getLiveness<ThrowOnError extends boolean = true>(options?: Options<GetLivenessData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetLivenessResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/healthz',
            ...options
        });
    }
    
    /**
     * Begins an import. A job does it; poll the import.
     */
    public createImport<ThrowOnError extends boolean = true>(options: Options<CreateImportData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateImportResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/imports',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * One import of the caller, with how far it got. Administrators see those of everybody.
     */
    public getImport<ThrowOnError extends boolean = true>(options: Options<GetImportData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetImportResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/imports/{import_id}',
            ...options
        });
    }
    
    /**
     * The metrics of this process for Prometheus. Where a scrape token is set, it is asked for as a bearer token.
     */
    public getMetrics<ThrowOnError extends boolean = true>(options?: Options<GetMetricsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetMetricsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/metrics',
            ...options
        });
    }
    
    /**
     * Lists the corpora of the tenant as models, oldest first, at most 1,000. `GET /v1/corpora` has all of them, in pages.
     */
    public list<ThrowOnError extends boolean = true>(options?: Options<ListData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/models',
            ...options
        });
    }
    
    /**
     * One corpus, as a model.
     */
    public get<ThrowOnError extends boolean = true>(options: Options<GetData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/models/{corpus_id}',
            ...options
        });
    }
    
    /**
     * How the database, the shared state, the workers and the services of others are doing.
     */
    public getOpsHealth<ThrowOnError extends boolean = true>(options?: Options<GetOpsHealthData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetOpsHealthResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/ops/health',
            ...options
        });
    }
    
    /**
     * Says whether the server should get traffic.
     */
    public getReadiness<ThrowOnError extends boolean = true>(options?: Options<GetReadinessData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetReadinessResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/readyz',
            ...options
        });
    }
    
    /**
     * The receipt of an answer, for whoever asked and for administrators: hashes of the question and the answer, who asked, which
     * policies and which index counted, the cited passages, the model and the cost. With its proof it can be checked without this
     * server (`nexus receipt verify`).
     */
    public getRunReceipt<ThrowOnError extends boolean = true>(options: Options<GetRunReceiptData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetRunReceiptResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/runs/{run_id}/receipt',
            ...options
        });
    }
    
    /**
     * Lists the keys of the tenant, newest first, a page at a time.
     */
    public listApiKeys<ThrowOnError extends boolean = true>(options?: Options<ListApiKeysData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListApiKeysResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/api-keys',
            ...options
        });
    }
    
    /**
     * Makes an API key for a new user of this role. The key is in the answer, and nowhere else: an answer that is given again
     * for the same `Idempotency-Key` is without it.
     */
    public createApiKey<ThrowOnError extends boolean = true>(options: Options<CreateApiKeyData, ThrowOnError>) {
        return (options.client ?? this.client).post<CreateApiKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/api-keys',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * Lists the keys that could be revoked: expired, or not used for long; the longest unused first, a page at a time.
     */
    public reportInactiveApiKeys<ThrowOnError extends boolean = true>(options?: Options<ReportInactiveApiKeysData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ReportInactiveApiKeysResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/api-keys/inactive-report',
            ...options
        });
    }
    
    /**
     * Revokes a key. A key that is revoked stays so; it is refused from the next request on, on every replica.
     */
    public revokeApiKey<ThrowOnError extends boolean = true>(options: Options<RevokeApiKeyData, ThrowOnError>) {
        return (options.client ?? this.client).post<RevokeApiKeyResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/api-keys/{key_id}/revoke',
            ...options
        });
    }
    
    /**
     * Sends one event to the receiver of billing events, and says what became of it. It is sent once, and now.
     */
    public testBillingWebhook<ThrowOnError extends boolean = true>(options?: Options<TestBillingWebhookData, ThrowOnError>) {
        return (options?.client ?? this.client).post<TestBillingWebhookResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/billing/webhook-test',
            ...options
        });
    }
    
    /**
     * The budget of the tenant, as it sees it itself.
     */
    public getBudget<ThrowOnError extends boolean = true>(options?: Options<GetBudgetData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetBudgetResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/costs/budget',
            ...options
        });
    }
    
    /**
     * The newest report of the tenant, as it sees it itself.
     */
    public getLatestChargeback<ThrowOnError extends boolean = true>(options?: Options<GetLatestChargebackData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetLatestChargebackResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/costs/chargeback/latest',
            ...options
        });
    }
    
    /**
     * What the tenant spent in a month, told apart, as it sees it itself.
     */
    public getSpendBreakdown<ThrowOnError extends boolean = true>(options: Options<GetSpendBreakdownData, ThrowOnError>) {
        return (options.client ?? this.client).get<GetSpendBreakdownResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/costs/spend/breakdown',
            ...options
        });
    }
    
    /**
     * What the tenant spent in a month, as it sees it itself.
     */
    public getSpendSummary<ThrowOnError extends boolean = true>(options?: Options<GetSpendSummaryData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetSpendSummaryResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/costs/spend/summary',
            ...options
        });
    }
    
    /**
     * What the tenant spent over time, as it sees it itself.
     */
    public getSpendTimeseries<ThrowOnError extends boolean = true>(options?: Options<GetSpendTimeseriesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetSpendTimeseriesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/costs/spend/timeseries',
            ...options
        });
    }
    
    /**
     * The plan of one's own tenant.
     */
    public getPlan<ThrowOnError extends boolean = true>(options?: Options<GetPlanData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetPlanResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/plan',
            ...options
        });
    }
    
    /**
     * Asks the operator for a larger plan. Asking again while a request is open gives the same request.
     */
    public requestPlanUpgrade<ThrowOnError extends boolean = true>(options: Options<RequestPlanUpgradeData, ThrowOnError>) {
        return (options.client ?? this.client).post<RequestPlanUpgradeResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/plan/upgrade-request',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * What the tenant uses: requests by class, where it stands with its quota, requests that were turned away, and documents.
     */
    public getUsageSummary<ThrowOnError extends boolean = true>(options?: Options<GetUsageSummaryData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetUsageSummaryResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/usage/summary',
            ...options
        });
    }
    
    /**
     * Requests by day; every day of the window has a point.
     */
    public getUsageTimeseries<ThrowOnError extends boolean = true>(options?: Options<GetUsageTimeseriesData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetUsageTimeseriesResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/self-serve/usage/timeseries',
            ...options
        });
    }
    
    /**
     * Has a document indexed again, as `POST /v1/documents/{document_id}/reindex` does it.
     */
    public reindexUiDocument<ThrowOnError extends boolean = true>(options: Options<ReindexUiDocumentData, ThrowOnError>) {
        return (options.client ?? this.client).post<ReindexUiDocumentResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/ui/actions/reindex-document',
            ...options,
            headers: {
                'Content-Type': 'application/json',
                ...options.headers
            }
        });
    }
    
    /**
     * The events of the caller's tenant that fit, of the newest 100,000 of the time that is asked for. Facets count all of them
     * by type, whichever type is asked for.
     */
    public listUiActivity<ThrowOnError extends boolean = true>(options?: Options<ListUiActivityData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListUiActivityResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/ui/activity',
            ...options
        });
    }
    
    /**
     * Who asks, the plan of the tenant, where it stands with its quota, and what would work now.
     */
    public getUiBootstrap<ThrowOnError extends boolean = true>(options?: Options<GetUiBootstrapData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetUiBootstrapResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/ui/bootstrap',
            ...options
        });
    }
    
    /**
     * Requests by day, where the tenant stands with its quota, what rate limits turned away, and what should be known.
     */
    public getUiDashboard<ThrowOnError extends boolean = true>(options?: Options<GetUiDashboardData, ThrowOnError>) {
        return (options?.client ?? this.client).get<GetUiDashboardResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/ui/dashboard/summary',
            ...options
        });
    }
    
    /**
     * The documents that fit and that the caller may read. Facets count all of them, and not only those of the page.
     */
    public listUiDocuments<ThrowOnError extends boolean = true>(options?: Options<ListUiDocumentsData, ThrowOnError>) {
        return (options?.client ?? this.client).get<ListUiDocumentsResponses, unknown, ThrowOnError, 'data'>({
            responseStyle: 'data',
            url: '/v1/ui/documents',
            ...options
        });
    }
}
