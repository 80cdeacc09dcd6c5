"""What schemathesis is told for the contract test: whose ids to use, how event streams are read, and what must never be answered."""

import collections
import json
import os
import zlib

import schemathesis

#: `own` and `theirs` are values by the name of the parameter, the last of each to be deleted; `secret` is what only they may
#: read; `used` is the id of the key in use.
PLANTED = json.loads(os.environ["NEXUS_CONTRACT"])
OWN, THEIRS, SECRET = PLANTED["own"], PLANTED["theirs"], PLANTED["secret"]
#: A document of anybody may have the id of another tenant's; these ids are made by the server and mean one thing only.
MADE = {"permission_id", "policy_id", "group_id", "key_id", "price_id", "report_id", "run_id", "event_id", "profile_id", "import_id", "id"}
ENDS = ("/revoke", "/retire")
seen = collections.Counter()


@schemathesis.hook
def before_load_schema(context, raw):
    """The schema of an event stream is that of the JSON in `data`; the streams of chat completions end with a word."""

    def event(schema):
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
        done = {"const": "[DONE]"}
        return {"type": "object", "properties": {"data": {"if": done, "else": data}}, "required": ["data"]}

    for operations in raw["paths"].values():
        for operation in operations.values():
            for answer in operation.get("responses", {}).values():
                stream = answer.get("content", {}).get("text/event-stream")
                if stream:
                    stream["schema"] = event(stream["schema"])


def of(pool, path, name):
    """The values of a name; those of an area before those of everywhere."""
    for key, values in pool.items():
        area, colon, plain = key.rpartition(":")
        if colon and plain == name and area in path:
            return values
    return pool.get(name)


def lend(case, values, names):
    """Two cases of three have ids that exist, of one tenant or of the other; the rest stay as they were made up."""
    if not isinstance(values, dict):
        return
    turn = zlib.crc32(f"{case.operation.label} {case.path_parameters} {case.query} {case.body}".encode(errors="replace"))
    pool = (OWN, OWN | THEIRS, {})[turn % 3]
    victim = case.method == "DELETE" or case.path.endswith(ENDS)
    for name in names & values.keys():
        known = of(pool, case.path, name)
        if not known:
            continue
        value = known[-1 if victim else 0]
        # One name may be of another kind elsewhere.
        if value is None or isinstance(values[name], type(value)):
            values[name] = value
    # The key that makes the requests stays what it is.
    if values.get("key_id") == PLANTED["used"]:
        values["key_id"] = OWN["key_id"][0]


@schemathesis.hook
def before_call(context, case, kwargs):
    names = {key.rpartition(":")[2] for key in OWN}
    lend(case, case.path_parameters, names)
    # The document of a new text is the caller's own, whatever it is called.
    lend(case, case.query, names - {"document_id"})
    lend(case, case.body, names - {"document_id"})


@schemathesis.hook
def after_call(context, case, response):
    seen[case.operation.label, response.status_code] += 1
    with open(PLANTED["seen"], "w") as file:
        json.dump([[*key, count] for key, count in seen.items()], file)


@schemathesis.check
def only_their_own(ctx, response, case):
    """Nothing that only the other tenant may read is answered, and no id that means something of theirs is good for anything."""
    text = response.content.decode(errors="replace")
    assert SECRET not in text, f"an answer holds what another tenant wrote: {text[:500]}"
    for name, value in (case.path_parameters or {}).items():
        if name in MADE and value in (of(THEIRS, case.path, name) or ()):
            assert response.status_code >= 400, f"{name} of another tenant was good for {response.status_code}"
            assert response.status_code != 409, f"{name} of another tenant is known to be there"
