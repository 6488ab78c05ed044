"""Builds and prints with Hera the Workflow `orch compile` makes of a DAG of the bench's shape: one template per shape, one task per node."""

import json
import sys

from hera.workflows import DAG, Container, Env, Parameter, Task, Workflow


def names(node):
    """Parameters of a node's task: its id, its variable, and the name and place of what it reads and writes."""
    ports = [(f"i{i}", f"j{i}") for i, _ in enumerate(node.get("ins", []))] + [("o0", "q0")]
    return ["n", "e0"] + [name for pair in ports for name in pair]


def values(node, before):
    ports = [*zip(node.get("ins", []), before), (node["outs"][0], node["id"])]
    return [node["id"], node["env"]["SHARD"]] + [text for name, owner in ports for text in (name.upper(), f"{owner}/{name}")]


def template(name, node):
    return Container(
        name=name,
        image=node["image"],
        command=["python", "-m", "main"],
        env=[Env(name=each.upper(), value="{{inputs.parameters.%s}}" % each) for each in names(node)],
        inputs=[Parameter(name=each) for each in names(node)],
        labels={"node_id": "{{inputs.parameters.n}}", "kueue.x-k8s.io/queue-name": "cpu"},
    )


def build(dag):
    before = {node["id"]: [] for node in dag["nodes"]}
    for edge in dag["edges"]:
        before[edge["to"]].append(edge["from"])
    shapes = {}
    with Workflow(name="bench", namespace="team-research", entrypoint="0", service_account_name="argo-executor") as workflow:
        for node in dag["nodes"]:
            key = (node["image"], len(node.get("ins", [])))
            if key not in shapes:
                shapes[key] = template(f"{len(shapes) + 1}-python-task", node)
        with DAG(name="0", fail_fast=False):
            for node in dag["nodes"]:
                Task(
                    name=node["id"],
                    template=shapes[(node["image"], len(node.get("ins", [])))],
                    depends=" && ".join(before[node["id"]]) or None,
                    arguments=[Parameter(name=name, value=value) for name, value in zip(names(node), values(node, before[node["id"]]))],
                )
    return workflow


with open(sys.argv[1], encoding="utf-8") as file:
    built = build(json.load(file))
print(json.dumps(built.to_dict()) if "--json" in sys.argv else built.to_yaml())
