"""Runs the peers of template mining from their public sources: Drain3, and Drain and Brain of logparser.

usage: peers.py PEERS accuracy LOGHUB     grouping accuracy of each peer, one configuration for all sets
       peers.py PEERS speed FILE          CPU seconds of Drain's core over the lines of FILE, and its number of clusters

PEERS holds clones of https://github.com/logpai/Drain3 and https://github.com/logpai/logparser. Prints one JSON document.
"""

import contextlib
import csv
import io
import json
import os
import sys
import time
import types


def load_drain3(peers):
    """Drain3's core without its package, whose __init__ needs more than the core does."""
    package = types.ModuleType("drain3")
    package.__path__ = [os.path.join(peers, "Drain3", "drain3")]
    sys.modules["drain3"] = package
    from drain3.drain import Drain

    return Drain


def logparser_module(peers, name):
    """One parser of logparser without its package, whose __init__ imports all others."""
    source = os.path.join(peers, "logparser", "logparser", name, name + ".py")
    module = types.ModuleType(name)
    with open(source) as file:
        exec(compile(file.read(), source, "exec"), module.__dict__)
    return module


def grouping_accuracy(truth, predicted):
    groups = {}
    for index, group in enumerate(predicted):
        groups.setdefault(group, []).append(index)
    sizes = {}
    for event in truth:
        sizes[event] = sizes.get(event, 0) + 1
    right = 0
    for members in groups.values():
        events = {truth[index] for index in members}
        if len(events) == 1 and sizes[next(iter(events))] == len(members):
            right += len(members)
    return right / len(truth)


def drain3_groups(Drain, lines):
    drain = Drain()
    return [drain.add_log_message(line)[0].cluster_id for line in lines]


def logparser_groups(module, lines, **options):
    """Runs a parser of logparser over a file of bare contents and reads its result back."""
    import tempfile

    import pandas

    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "in.log"), "w") as file:
            file.write("\n".join(lines) + "\n")
        parser = module.LogParser(log_format="<Content>", indir=folder + "/", outdir=folder + "/out/", **options)
        with contextlib.redirect_stdout(io.StringIO()):
            parser.parse("in.log")
        frame = pandas.read_csv(os.path.join(folder, "out", "in.log_structured.csv"))
        return list(frame["EventId"])


def accuracy(peers, folder):
    Drain = load_drain3(peers)
    contestants = {
        "Drain3": lambda lines: drain3_groups(Drain, lines),
        "Drain": lambda lines: logparser_groups(logparser_module(peers, "Drain"), lines, depth=4, st=0.5, rex=[]),
        "Brain": lambda lines: logparser_groups(logparser_module(peers, "Brain"), lines, logname="all", rex=[], delimeter=[]),
    }
    result = {name: {} for name in contestants}
    for entry in sorted(os.listdir(folder)):
        if not entry.endswith(".csv"):
            continue
        name = entry[: -len(".csv")]
        with open(os.path.join(folder, entry), newline="") as file:
            rows = list(csv.DictReader(file))
        truth = [row["eventId"] for row in rows]
        content = [row["content"] for row in rows]
        with open(os.path.join(folder, name + ".log"), newline="", encoding="utf-8", errors="replace") as file:
            raw = [line.rstrip("\r") for line in file.read().split("\n")]
        raw = raw[: len(rows)]
        for contestant, groups in contestants.items():
            for kind, lines in (("content", content), ("raw", raw)):
                try:
                    found = groups(lines)
                    score = grouping_accuracy(truth, found) if len(found) == len(truth) else None
                except Exception as error:  # a peer that fails on a set is shown as such
                    print(f"{contestant} fails on {name} ({kind}): {error}", file=sys.stderr)
                    score = None
                result[contestant].setdefault(name, {})[kind] = score
    return result


def speed(peers, file):
    Drain = load_drain3(peers)
    drain = Drain()
    with open(file, encoding="utf-8", errors="replace") as lines:
        texts = lines.read().split("\n")
    begin = time.process_time()
    for text in texts:
        drain.add_log_message(text)
    return {"cpuSeconds": time.process_time() - begin, "lines": len(texts), "clusters": len(drain.clusters)}


if __name__ == "__main__":
    peers, verb, target = sys.argv[1:]
    print(json.dumps({"accuracy": accuracy, "speed": speed}[verb](peers, target)))
