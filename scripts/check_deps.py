"""Holds `cargo metadata` (standard input) to the licences, sources and bans of deny.toml.

Knows only what that file uses of cargo-deny's format; cargo-deny remains the authority.
"""

import collections
import json
import re
import sys


def section(text, name):
    """The text of one table of a TOML file, without its comments. Enough for a file of our own."""
    body = re.search(rf"^\[{name}\]$(.*?)(?=^\[|\Z)", text, re.M | re.S)
    return re.sub(r"^\s*#.*$", "", body.group(1), flags=re.M) if body else ""


def words(text, key):
    """The quoted words of one array."""
    array = re.search(rf"^{key} = \[(.*?)\]", text, re.M | re.S)
    return re.findall(r'"([^"]+)"', array.group(1)) if array else []


def allowed(expression, licences):
    """Whether an SPDX expression can be met. The old `MIT/Apache-2.0` means either."""
    tokens = re.findall(r"\(|\)|[^\s()]+", re.sub(r"\s*/\s*", " OR ", expression))

    def either():
        result = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            result = both() or result
        return result

    def both():
        result = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = one() and result
        return result

    def one():
        token = tokens.pop(0)
        if token == "(":
            result = either()
            tokens.pop(0)
            return result
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += " WITH " + tokens.pop(0)
        return token in licences

    return either()


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    licences = set(words(section(text, "licenses"), "allow"))
    bans = re.findall(r'crate = "([^"]+)"(, deny-multiple-versions)?', section(text, "bans"))
    if not (licences and bans):
        sys.exit("check-deps: deny.toml could not be read")

    packages = json.load(sys.stdin)["packages"]
    # cargo's own registry and nothing else: that of nearly all packages.
    registries = [p["source"] for p in packages if (p["source"] or "").startswith("registry+")]
    registry = collections.Counter(registries).most_common(1)[0][0]
    wrong, versions = [], collections.defaultdict(set)
    for package in packages:
        name = f"{package['name']} {package['version']}"
        versions[package["name"]].add(package["version"])
        source = package["source"]
        if source not in (None, registry):
            wrong.append(f"{name} comes from {source}")
        if not package["license"] or not allowed(package["license"], licences):
            wrong.append(f"{name} is under {package['license'] or 'no stated licence'}")
    for crate, only_one in bans:
        found = versions.get(crate, set())
        if only_one and len(found) > 1:
            wrong.append(f"{crate} is there in {len(found)} versions: {', '.join(sorted(found))}")
        if not only_one and found:
            wrong.append(f"{crate} is banned")
    for line in wrong:
        print(f"check-deps: {line}", file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"check-deps: {len(packages)} packages: licences, sources and bans are in order")


if __name__ == "__main__":
    main()
