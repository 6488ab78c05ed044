"""
Builds and prints with Hera the Workflow `orch compile` makes of a DAG of the bench's shape, as a user of Hera would write it: one template
per shape, one task per node, the texts that differ as arguments. The tasks are equal to ours, which the bench checks; of the four
templates it leaves out what costs nothing at this size (retry, affinity, security context, artifact), which is in Hera's favour.
"""

import json
import sys

from hera.workflows import DAG, Container, Env, Parameter, Task, Workflow


def arguments(node, before):
    """Of a node's task, by parameter: its variable, and the name and place of what it reads and writes."""
    passed = {"e": node["env"]["SHARD"]}
    for i, (name, owner) in enumerate(zip(node.get("ins", []), before)):
        number = "" if i == 0 else str(i)
        passed["i" + number] = name.upper()
        passed["j" + number] = f"{owner}/{name}"
    passed["o"] = node["outs"][0].upper()
    passed["q"] = node["outs"][0]
    return passed


def template(name, image, parameters):
    return Container(
        name=name,
        image=image,
        command=["python", "-m", "main"],
        env=[Env(name=each.upper(), value="{{inputs.parameters.%s}}" % each) for each in parameters],
        inputs=[Parameter(name=each) for each in parameters],
        labels={"node_id": "{{tasks.name}}", "kueue.x-k8s.io/queue-name": "cpu"},
    )


def build(dag):
    before = {node["id"]: [] for node in dag["nodes"]}
    for edge in dag["edges"]:
        before[edge["to"]].append(edge["from"])
    shapes = {}
    with Workflow(name="bench", namespace="team-research", entrypoint="0", service_account_name="argo-executor") as workflow:
        passed = {node["id"]: arguments(node, before[node["id"]]) for node in dag["nodes"]}
        for node in dag["nodes"]:
            key = (node["image"], len(node.get("ins", [])))
            if key not in shapes:
                shapes[key] = template(f"{len(shapes) + 1}-python-task", node["image"], passed[node["id"]])
        with DAG(name="0", fail_fast=False):
            for node in dag["nodes"]:
                Task(
                    name=node["id"],
                    template=shapes[(node["image"], len(node.get("ins", [])))],
                    # Ours stand in the order of the nodes.
                    depends="&&".join(sorted(before[node["id"]], key=lambda id: int(id[1:]))) or None,
                    arguments=[Parameter(name=name, value=value) for name, value in passed[node["id"]].items()],
                )
    return workflow


with open(sys.argv[1], encoding="utf-8") as file:
    built = build(json.load(file))
print(json.dumps(built.to_dict()) if "--json" in sys.argv else built.to_yaml())
