"""Writes src/nexusrag/_generated from docs/openapi.json.

The models and the operations come from openapi-python-client, with templates that leave the sending to `_core.py`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import openapi_python_client

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "src" / "nexusrag"
DOCUMENT = HERE.parents[2] / "docs" / "openapi.json"
NOTE = "Generated from docs/openapi.json by `make sdk-generate`: do not edit."
# Where a client has a method of the same name.
ATTRIBUTES = {"run": "runs"}
METHODS = ("get", "put", "post", "patch", "delete")


def reduced(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is written by hand: refusals are exceptions, and the stream of a run has a reader of its own."""
    del document["paths"]["/v1/run"]
    del document["components"]["schemas"]["RunEvent"]
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            successes = {status: r for status, r in operation["responses"].items() if status.startswith("2")}
            for response in successes.values():
                response.pop("headers", None)
            operation["responses"] = successes
    document["components"].pop("responses", None)
    return document


def name(tag: str) -> str:
    return tag.title().replace("_", "") + "Operations"


def resources(tags: list[str]) -> str:
    """The groups of operations as attributes of a client."""

    def of(prefix: str) -> str:
        lines = [f"class {prefix}Resources:", '    """The operations, in the groups of the document."""', ""]
        lines += [f"    def __init__(self, core: {prefix}Core) -> None:"]
        lines += [f"        self.{ATTRIBUTES.get(tag, tag)} = {tag}.{prefix}{name(tag)}(core)" for tag in tags]
        return "\n".join(lines)

    imports = [f"from .api.{tag} import operations as {tag}" for tag in tags]
    return f"from .._core import AsyncCore, Core\n{chr(10).join(imports)}\n\n\n{of('')}\n\n\n{of('Async')}\n"


def templates(folder: Path) -> Path:
    """Ours, and that of models with another name for the model that is made: a field could have the same."""
    target = folder / "templates"
    shutil.copytree(HERE / "templates", target)
    original = (Path(openapi_python_client.__file__).parent / "templates" / "model.py.jinja").read_text()
    line = "{% set module_name = model.class_info.module_name %}"
    assert line in original
    (target / "model.py.jinja").write_text(original.replace(line, '{% set module_name = "made_of_it" %}'))
    return target


def main() -> None:
    tools = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(reduced(json.loads(DOCUMENT.read_text()))))
        made = Path(folder) / "made"
        command = [tools / "openapi-python-client", "generate", "--meta", "none", "--fail-on-warning"]
        command += ["--path", document, "--config", HERE / "config.yaml", "--output-path", made]
        subprocess.run([*command, "--custom-template-path", templates(Path(folder))], check=True)
        for unused in ("client.py", "errors.py"):
            (made / unused).unlink()
        (made / "__init__.py").write_text(f'"""{NOTE}"""\n')
        tags = sorted(path.name for path in (made / "api").iterdir() if path.is_dir())
        for tag in tags:
            # Only a module that is no package is freed of imports that it does not use.
            (made / "api" / tag / "__init__.py").rename(made / "api" / tag / "operations.py")
            (made / "api" / tag / "__init__.py").touch()
        (made / "resources.py").write_text(resources(tags))
        ruff = tools / "ruff"
        rules = [
            "--select=F401,I,UP",
            "--ignore=UP037",
            "--fix",
            "--unsafe-fixes",
            "--per-file-ignores=**/models/__init__.py:F401",
        ]
        isolated = ["--isolated", "--no-cache", "--line-length=120", "--target-version=py311"]
        subprocess.run([ruff, "check", "--quiet", *rules, *isolated, made], check=True)
        subprocess.run([ruff, "format", "--quiet", *isolated, made], check=True)
        target = PACKAGE / "_generated"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target, ignore=shutil.ignore_patterns("__pycache__", ".ruff_cache"))


if __name__ == "__main__":
    main()
