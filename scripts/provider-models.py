#!/usr/bin/env python3
"""The doubles of remote providers against what their services publish.

    python3 -m venv /tmp/models && /tmp/models/bin/pip install botocore google-cloud-discoveryengine
    /tmp/models/bin/python scripts/provider-models.py            check the recorded requests and answers
    /tmp/models/bin/python scripts/provider-models.py --write    write the shapes that the doubles check against

The model of AWS comes with botocore, the definitions of Discovery Engine with Google's client. `recorded.json` is written by
the test `recorded` in nexus-retrieval/tests/providers, which also fails when a request differs from it.
"""

import json
import pathlib
import sys

import botocore
import botocore.serialize
import botocore.session
import botocore.validate
from google.cloud.discoveryengine_v1 import SearchRequest, SearchResponse
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Field

FIXTURES = pathlib.Path(__file__).parent.parent / "nexus-retrieval/tests/providers/fixtures"
SERVICE = botocore.session.Session().get_service_model("bedrock-agent-runtime")
RETRIEVE = SERVICE.operation_model("Retrieve")


def aws_shapes():
    """The shapes behind Retrieve as the model has them, without its prose."""
    resolver, shapes = SERVICE._shape_resolver, {}

    def walk(name):
        if name in shapes:
            return
        raw = resolver._shape_map[name]
        plain = {key: raw[key] for key in ("type", "required", "min", "max", "pattern", "enum", "union", "document") if key in raw}
        shapes[name] = plain
        if raw["type"] == "structure":
            members = {key: it for key, it in raw["members"].items() if it.get("location") != "uri"}
            plain["required"] = [key for key in raw.get("required", []) if key in members]
            plain["members"] = {key: it["shape"] for key, it in members.items()}
        if raw["type"] in ("list", "map"):
            plain["member"] = raw["member" if raw["type"] == "list" else "value"]["shape"]
        for shape in [*plain.get("members", {}).values(), *filter(None, [plain.get("member")])]:
            walk(shape)

    roots = [RETRIEVE.input_shape.name, RETRIEVE.output_shape.name]
    for root in roots:
        walk(root)
    return {"request": roots[0], "response": roots[1], "shapes": shapes}


SCALARS = {
    Field.TYPE_STRING: "string", Field.TYPE_BYTES: "string", Field.TYPE_BOOL: "boolean", Field.TYPE_INT32: "integer",
    Field.TYPE_UINT32: "integer", Field.TYPE_INT64: "long", Field.TYPE_FLOAT: "float", Field.TYPE_DOUBLE: "float",
}
WELL_KNOWN = {
    "google.protobuf.Struct": "document", "google.protobuf.Value": "document", "google.protobuf.Any": "document",
    "google.protobuf.Timestamp": "string", "google.protobuf.Duration": "string", "google.protobuf.FieldMask": "string",
}


def google_shapes():
    """The messages behind Search in the same form: members by their JSON names."""
    shapes = {}

    def one(field):
        if field.message_type is not None:
            name = field.message_type.full_name
            if name in WELL_KNOWN:
                shapes.setdefault(name, {"type": WELL_KNOWN[name]})
            else:
                message(field.message_type)
            return name
        if field.enum_type is not None:
            shapes[field.enum_type.full_name] = {"type": "enum", "values": {v.name: v.number for v in field.enum_type.values}}
            return field.enum_type.full_name
        shapes.setdefault(SCALARS[field.type], {"type": SCALARS[field.type]})
        return SCALARS[field.type]

    def member(field):
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            value = one(field.message_type.fields_by_name["value"])
            shapes[f"map of {value}"] = {"type": "map", "member": value}
            return f"map of {value}"
        value = one(field)
        if not field.is_repeated:
            return value
        shapes[f"list of {value}"] = {"type": "list", "member": value}
        return f"list of {value}"

    def message(kind):
        if kind.full_name in shapes:
            return
        shapes[kind.full_name] = shape = {"type": "structure"}
        shape["members"] = {field.json_name: member(field) for field in kind.fields}
        real = [oneof for oneof in kind.oneofs if len(oneof.fields) > 1]
        if real:
            shape["oneofs"] = [[field.json_name for field in oneof.fields] for oneof in real]

    roots = [SearchRequest.pb().DESCRIPTOR, SearchResponse.pb().DESCRIPTOR]
    for root in roots:
        message(root)
    return {"request": roots[0].full_name, "response": roots[1].full_name, "shapes": shapes}


def write(name, source, model):
    lines = [f"    {json.dumps(key)}: {json.dumps(shape)}" for key, shape in sorted(model["shapes"].items())]
    text = "{\n" + "".join(f"  {json.dumps(k)}: {json.dumps(v)},\n" for k, v in [("source", source), *list(model.items())[:2]])
    (FIXTURES / name).write_text(text + '  "shapes": {\n' + ",\n".join(lines) + "\n  }\n}\n")


def check():
    recorded = json.loads((FIXTURES / "recorded.json").read_text())
    validator, serializer = botocore.validate.ParamValidator(), botocore.serialize.create_serializer("rest-json")
    for asked in recorded["bedrock"]["requests"]:
        kb = asked["path"].removeprefix("/knowledgebases/").removesuffix("/retrieve")
        given = {"knowledgeBaseId": kb, **asked["body"]}
        report = validator.validate(given, RETRIEVE.input_shape)
        assert not report.has_errors(), report.generate_report()
        made = serializer.serialize_to_request(given, RETRIEVE)
        assert made["method"] == asked["method"] and made["url_path"] == asked["path"], made
        assert json.loads(made["body"]) == asked["body"], made["body"]
    for answer in recorded["bedrock"]["answers"]:
        report = validator.validate(answer, RETRIEVE.output_shape)
        assert not report.has_errors(), report.generate_report()
    for asked in recorded["vertex"]["requests"]:
        message = json_format.ParseDict(asked["body"], SearchRequest.pb()())
        assert message.query and message.page_size, asked
    for answer in recorded["vertex"]["answers"]:
        json_format.ParseDict(answer, SearchResponse.pb()())
    for side in ("bedrock", "vertex"):
        print(side, len(recorded[side]["requests"]), "requests,", len(recorded[side]["answers"]), "answers")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write("bedrock.json", f"botocore {botocore.__version__}, bedrock-agent-runtime {SERVICE.api_version}", aws_shapes())
        write("vertex.json", "google-cloud-discoveryengine, google.cloud.discoveryengine.v1", google_shapes())
    else:
        check()
