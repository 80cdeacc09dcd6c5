from .._core import AsyncCore, Core
from .api.api_keys import operations as api_keys
from .api.audio import operations as audio
from .api.audit import operations as audit
from .api.authz import operations as authz
from .api.chat import operations as chat
from .api.corpora import operations as corpora
from .api.costs import operations as costs
from .api.crypto import operations as crypto
from .api.documents import operations as documents
from .api.groups import operations as groups
from .api.health import operations as health
from .api.keyring import operations as keyring
from .api.ops import operations as ops
from .api.plans import operations as plans
from .api.quotas import operations as quotas
from .api.rollouts import operations as rollouts
from .api.run import operations as run
from .api.self_serve import operations as self_serve
from .api.sla import operations as sla
from .api.ui import operations as ui


class Resources:
    """The operations, in the groups of the document."""

    def __init__(self, core: Core) -> None:
        self.api_keys = api_keys.ApiKeysOperations(core)
        self.audio = audio.AudioOperations(core)
        self.audit = audit.AuditOperations(core)
        self.authz = authz.AuthzOperations(core)
        self.chat = chat.ChatOperations(core)
        self.corpora = corpora.CorporaOperations(core)
        self.costs = costs.CostsOperations(core)
        self.crypto = crypto.CryptoOperations(core)
        self.documents = documents.DocumentsOperations(core)
        self.groups = groups.GroupsOperations(core)
        self.health = health.HealthOperations(core)
        self.keyring = keyring.KeyringOperations(core)
        self.ops = ops.OpsOperations(core)
        self.plans = plans.PlansOperations(core)
        self.quotas = quotas.QuotasOperations(core)
        self.rollouts = rollouts.RolloutsOperations(core)
        self.runs = run.RunOperations(core)
        self.self_serve = self_serve.SelfServeOperations(core)
        self.sla = sla.SlaOperations(core)
        self.ui = ui.UiOperations(core)


class AsyncResources:
    """The operations, in the groups of the document."""

    def __init__(self, core: AsyncCore) -> None:
        self.api_keys = api_keys.AsyncApiKeysOperations(core)
        self.audio = audio.AsyncAudioOperations(core)
        self.audit = audit.AsyncAuditOperations(core)
        self.authz = authz.AsyncAuthzOperations(core)
        self.chat = chat.AsyncChatOperations(core)
        self.corpora = corpora.AsyncCorporaOperations(core)
        self.costs = costs.AsyncCostsOperations(core)
        self.crypto = crypto.AsyncCryptoOperations(core)
        self.documents = documents.AsyncDocumentsOperations(core)
        self.groups = groups.AsyncGroupsOperations(core)
        self.health = health.AsyncHealthOperations(core)
        self.keyring = keyring.AsyncKeyringOperations(core)
        self.ops = ops.AsyncOpsOperations(core)
        self.plans = plans.AsyncPlansOperations(core)
        self.quotas = quotas.AsyncQuotasOperations(core)
        self.rollouts = rollouts.AsyncRolloutsOperations(core)
        self.runs = run.AsyncRunOperations(core)
        self.self_serve = self_serve.AsyncSelfServeOperations(core)
        self.sla = sla.AsyncSlaOperations(core)
        self.ui = ui.AsyncUiOperations(core)
