#!/usr/bin/env python3
"""Checks an export of the audit log without any code of NexusRAG, from docs/audit.md alone.

    nexus audit export --out log.jsonl
    scripts/verify-audit.py log.jsonl PUBLIC_KEY[,PUBLIC_KEY…] [checkpoints.jsonl]

Needs nothing but Python. It is slow and says less than `nexus audit verify`; it exists so that there are two.
"""

import hashlib
import json
import sys

# Ed25519, RFC 8032 ---------------------------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or y >= P or (x == 0 and sign):
        raise ValueError("not a point")
    return (P - x if x % 2 != sign else x, y)


def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(point, number):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def point(bytes_):
    number = int.from_bytes(bytes_, "little")
    x, y = recover(number & ((1 << 255) - 1), number >> 255)
    return (x, y, 1, x * y % P)


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    left, right = times(BASE, s), add(point(signature[:32]), times(point(key), k))
    return all((left[n] * right[2] - right[n] * left[2]) % P == 0 for n in (0, 1))


# Hashes --------------------------------------------------------------------------------------------------------------
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def text(value):
    if value is None:
        return b"\xff\xff\xff\xff"
    value = value.encode()
    return len(value).to_bytes(4, "big") + value


FIELDS = """occurred_at tenant_id actor_type actor_id actor_role event_type outcome resource_type resource_id request_id
ip_address user_agent metadata_json error_code created_at""".split()


def leaf(seq, entry):
    metadata = json.dumps(entry["metadata_json"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    values = [{**entry, "metadata_json": metadata}[name] for name in FIELDS]
    return sha(b"\0", *map(text, ["nexusrag-audit-event/1", str(seq), str(entry["id"]), *values]))


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", root(leaves[:half]), root(leaves[half:]))


def block(chain, first, count, before, leaves):
    return sha(b"\2", text(chain), first.to_bytes(8, "big"), count.to_bytes(8, "big"), before, root(leaves))


def of_head(chain, seq, head):
    return sha(b"\0", text("nexusrag-audit-head/1"), text(chain), seq.to_bytes(8, "big"), head)


def climb(hash_, index, size, path):
    path, last = list(path), size - 1
    while last:
        if index & 1:
            hash_ = sha(b"\1", path.pop(0), hash_)
        elif index < last:
            hash_ = sha(b"\1", hash_, path.pop(0))
        index, last = index >> 1, last >> 1
    return None if path else hash_


class Wrong(Exception):
    pass


def must(holds, *what):
    if not holds:
        raise Wrong(" ".join(map(str, what)))


def read_checkpoint(signed, keys):
    must(signed["key"] in keys, "checkpoint of another key")
    key = bytes.fromhex(signed["key"])
    must(is_signed(key, signed["text"].encode(), bytes.fromhex(signed["signature"])), "checkpoint is not signed")
    lines = [line.split(" ") for line in signed["text"].splitlines()]
    fields = {line[0]: line[1:] for line in lines[1:]}
    number, chains = int(fields["number"][0]), int(fields["chains"][0])
    return number, chains, bytes.fromhex(fields["root"][0]), fields["previous"][0], fields.get("pruned")


def verify(export, key, kept):
    heads, blocks, seal, leaves, last, pruned, events, ended = {}, [], None, [], None, None, 0, False
    base = after = chain_only = None
    for line in export:
        kind, body = next(iter(json.loads(line).items()))
        must(not ended, "lines after the end")
        if kind not in ("event", "missing") and seal:
            chain, first = seal["chain"], seal["first_seq"]
            must(len(leaves) == seal["events"], "events are missing in the block of", repr(chain), "at", first)
            head = block(chain, first, len(leaves), bytes.fromhex(seal["previous"]), leaves)
            must(head.hex() == seal["head"], "broken block of", repr(chain), "at", first)
            heads[chain] = (first + len(leaves) - 1, head)
            blocks.append((chain, seal["index"], seal["path"]))
            seal, leaves = None, []
        if kind == "export":
            chain_only, after = body["chain"], body["after"]
        elif kind == "seal":
            seq, head = heads.get(body["chain"], (0, bytes(32)))
            must(body["first_seq"] == seq + 1, "a block is missing before event", body["first_seq"], repr(body["chain"]))
            must(body["previous"] == head.hex(), "broken chain at event", body["first_seq"], "of", repr(body["chain"]))
            must(chain_only in (None, body["chain"]), "a block of another chain")
            seal, base = body, None
        elif kind == "event":
            at = ("event", body["seq"], "of", repr(seal["chain"]), "id", body["entry"]["id"])
            must(body["seq"] == seal["first_seq"] + len(leaves), *at, "is not in its place")
            must((body["entry"]["tenant_id"] or "") == seal["chain"], *at, "was moved")
            must(leaf(body["seq"], body["entry"]).hex() == body["leaf"], *at, "was edited")
            leaves.append(bytes.fromhex(body["leaf"]))
            events += 1
        elif kind == "checkpoint":
            number, chains, top, previous, gone = read_checkpoint(body, key)
            hash_ = sha(body["text"].encode()).hex()
            must(kept.get(number, hash_) == hash_, "checkpoint", number, "is not the one that was kept")
            must(not last or number > last[0], "checkpoint", number, "is out of order")
            must(not last or number != last[0] + 1 or previous == last[1], "checkpoint", number, "contradicts the one before")
            must(chain_only is not None or number == (last[0] + 1 if last else after or 1), "a checkpoint is missing")
            for chain, index, path in blocks:
                up = climb(of_head(chain, *heads[chain]), index, chains, map(bytes.fromhex, path))
                must(up == top, "checkpoint", number, "says otherwise of", repr(chain))
            base = number if last is None and number == after else None
            last, blocks, pruned = (number, hash_, chains, top), [], int(gone[0]) if gone else pruned
        elif kind == "head":
            value = (body["seq"], bytes.fromhex(body["head"]))
            up = climb(of_head(body["chain"], *value), body["index"], last[2], map(bytes.fromhex, body["path"]))
            must(up == last[3], "checkpoint", last[0], "says otherwise of", repr(body["chain"]))
            must(base is not None or heads.get(body["chain"]) == value, "the end of", repr(body["chain"]), "is missing")
            heads[body["chain"]] = value
        elif kind == "end":
            must(not blocks and body["events"] == events and body["through"] == (last and last[0]), "cut off")
            must(not body["more"], "there is more than this")
            ended = True
        else:
            raise Wrong(f"{kind}: {json.dumps(body)[:200]}")
    must(ended, "cut off")
    must(max(kept, default=0) <= (last[0] if last else 0), "a later checkpoint was kept: the log was rolled back")
    must(after is None or after == pruned, "the beginning is missing, and no record says why")
    if last and chain_only is None:
        names = sorted(heads, key=lambda name: name.encode())
        must(len(names) == last[2] and root([of_head(n, *heads[n]) for n in names]) == last[3], "chains are missing")
    return events, last


def main():
    path, key, *rest = sys.argv[1:]
    key, kept = set(key.lower().split(",")), {}
    try:
        for line in open(rest[0], encoding="utf-8") if rest else []:
            signed = json.loads(line)
            kept[read_checkpoint(signed, key)[0]] = sha(signed["text"].encode()).hex()
        with open(path, encoding="utf-8") as export:
            events, last = verify(export, key, kept)
    except Wrong as wrong:
        print(f"wrong: {wrong}")
        return 3
    print(f"right: {events} events, up to checkpoint {last[0] if last else 0}, {len(kept)} kept checkpoints")
    return 0


if __name__ == "__main__":
    sys.exit(main())
