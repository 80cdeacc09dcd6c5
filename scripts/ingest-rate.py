#!/usr/bin/env python3
"""Compares how fast builds of nexus ingest the same texts, on databases of their own.

    scripts/with-services.sh scripts/ingest-rate.py CORPUS.jsonl [--count 1500] [--rounds 2] [--parallel 32] [--embedding hash] NEXUS [NEXUS...]

Each text becomes a file. Each build gets a fresh database of the server in NEXUS_TEST_DATABASE_URL for each round, starts with
an API and a worker in one process, and takes the folder through its command line: HTTP, object store, jobs and all. The rounds
of all builds alternate, so that what else goes on is shared by them. Prints a line of JSON for each run, and at the end the
median of each build as a ratio to the first. With PYTHON set to a Python that has psycopg, `reference-loop.py` runs in each
round, too. Release builds on a machine that does nothing else give figures; anything else gives ratios at most.
"""
import argparse
import json
import os
import pathlib
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def sql(url, text):
    psql = pathlib.Path(os.environ["NEXUS_PG_BINDIR"]) / "psql"
    done = subprocess.run([psql, "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def fresh_database(name):
    server = os.environ["NEXUS_TEST_DATABASE_URL"]
    sql(server, f"DROP DATABASE IF EXISTS {name}")
    sql(server, f"CREATE DATABASE {name}")
    head, tail = server.split("?", 1) if "?" in server else (server, "")
    return head.rsplit("/", 1)[0] + "/" + name + ("?" + tail if tail else "")


def processor_seconds(pid):
    """What a process and all below it have used, those that ended included."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = sum(map(int, fields[11:15]))
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            ticks += processor_seconds(child) * os.sysconf("SC_CLK_TCK")
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def postmaster():
    psql = [pathlib.Path(os.environ["NEXUS_PG_BINDIR"]) / "psql", "-XqAt", "-d", os.environ["NEXUS_TEST_DATABASE_URL"]]
    with subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        shell.stdin.write("SELECT pg_backend_pid();\n")
        shell.stdin.flush()
        backend = shell.stdout.readline().strip()
        parent = pathlib.Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()[1]
        shell.stdin.close()
    return int(parent)


def ready(log, server):
    while True:
        for line in log.read_text(errors="replace").splitlines():
            if '"message":"ready"' in line:
                return json.loads(line)["address"]
        if server.poll() is not None:
            sys.exit(f"the server ended:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def run(program, folder, parallel, number, database, embedding):
    # Not TMPDIR: the address of a socket has about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nr", dir="/tmp") as home:
        url = fresh_database(f"ingest_rate_{number}")
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "NEXUS_PG_BINDIR", "NEXUS_CACHE_DIR") if name in os.environ}
        env = keep | {
            "NEXUS_DATA_DIR": home, "DATABASE_URL": url, "NEXUS_PORT": "0", "LOG_FORMAT": "json", "EMBEDDING_PROVIDER": embedding,
            "RATE_LIMIT_ENABLED": "false",
            "CRYPTO_LOCAL_MASTER_KEY": secrets.token_hex(32), "KEYRING_MASTER_KEY": secrets.token_hex(32), "DEFAULT_PLAN": "enterprise",
        }
        log = pathlib.Path(home) / "log"
        with log.open("w") as out:
            server = subprocess.Popen([program, "serve"], env=env, stdout=subprocess.DEVNULL, stderr=out)
        try:
            address = ready(log, server)
            subprocess.run([program, "tenant", "create", "t"], env=env, check=True, capture_output=True)
            keys = [program, "--json", "keys", "create", "--tenant", "t", "--role", "admin", "--user-id", "u"]
            key = json.loads(subprocess.run(keys, env=env, check=True, capture_output=True).stdout)["api_key"]
            used = [processor_seconds(pid) for pid in (database, server.pid)]
            began = time.monotonic()
            ingest = [program, "--json", "ingest", str(folder), "--corpus", "c", "--parallel", str(parallel), "--url", address]
            subprocess.run(ingest, env=env | {"NEXUS_API_KEY": key}, check=True, capture_output=True)
            took = time.monotonic() - began
            documents, chunks = map(int, sql(url, "SELECT (SELECT count(*) FROM documents WHERE status = 'succeeded'), count(*) FROM chunks").split("|"))
            used = [processor_seconds(pid) - before for pid, before in zip((database, server.pid), used)]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
        sql(os.environ["NEXUS_TEST_DATABASE_URL"], f"DROP DATABASE ingest_rate_{number}")
    return {"documents": documents, "chunks": chunks, "seconds": round(took, 2), "documents_per_second": round(documents / took, 1),
            "chunks_per_second": round(chunks / took, 1), "database_ms_per_chunk": round(1000 * used[0] / chunks, 2),
            "server_ms_per_chunk": round(1000 * used[1] / chunks, 2)}


def reference(python, corpus, count):
    url = fresh_database("ingest_rate_loop")
    sql(url, "CREATE EXTENSION vector")
    loop = [python, HERE / "reference-loop.py", url, corpus, str(count)]
    result = json.loads(subprocess.run(loop, check=True, capture_output=True, text=True).stdout)
    sql(os.environ["NEXUS_TEST_DATABASE_URL"], "DROP DATABASE ingest_rate_loop")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("programs", nargs="+", metavar="NEXUS")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--parallel", type=int, default=32)
    parser.add_argument("--embedding", default="hash", help="EMBEDDING_PROVIDER of the server")
    args = parser.parse_args()
    python = os.environ.get("PYTHON")
    database = postmaster()
    rates = {}
    with tempfile.TemporaryDirectory(prefix="nr", dir="/tmp") as folder:
        with open(args.corpus, encoding="utf-8") as lines:
            texts = [json.loads(line) for line in lines][: args.count]
        for text in texts:
            body = text["text"] if isinstance(text["text"], str) else " ".join(text["text"])
            (pathlib.Path(folder) / f"{text['_id']}.md").write_text(f"# {text.get('title', '')}\n\n{body}\n", encoding="utf-8")
        for round_ in range(args.rounds):
            for number, program in enumerate(args.programs):
                program = str(pathlib.Path(program).resolve())
                result = {"round": round_, "what": program} | run(program, folder, args.parallel, number, database, args.embedding)
                rates.setdefault(program, []).append(result["chunks_per_second"])
                print(json.dumps(result), flush=True)
            if python:
                result = {"round": round_, "what": "reference-loop.py"} | reference(python, args.corpus, args.count)
                rates.setdefault("reference-loop.py", []).append(result["chunks_per_second"])
                print(json.dumps(result), flush=True)
    medians = {what: statistics.median(found) for what, found in rates.items()}
    first = next(iter(medians.values()))
    print(json.dumps({what: {"chunks_per_second": median, "ratio": round(median / first, 2)} for what, median in medians.items()}))


if __name__ == "__main__":
    main()
