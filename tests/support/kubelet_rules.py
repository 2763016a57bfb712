"""What a scheduler and a kubelet decide of a pod: which node it may be on, what it asks for, what it is told. Pure."""

from __future__ import annotations

from hybridface_operator.kube.api import Body

GPU = "nvidia.com/gpu"


def fits(pod: Body, node: Body, pods: list[Body]) -> bool:
    """Whether the pod may be on the node, and has a GPU there if it asks for one."""
    if node["spec"].get("unschedulable") or any(
        taint["effect"] == "NoExecute" for taint in node["spec"].get("taints", ())
    ):
        return False
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms")
    labels = node["metadata"].get("labels", {})
    if required is not None and not any(
        all(labels.get(each["key"]) in each["values"] for each in term["matchExpressions"]) for term in required
    ):
        return False
    room = int(node["status"].get("allocatable", {}).get(GPU, "0"))
    name = node["metadata"]["name"]
    taken = sum(gpus(each) for each in pods if each["spec"].get("nodeName") == name and not has_ended(each))
    return taken + gpus(pod) <= room


def gpus(pod: Body) -> int:
    """GPUs that a pod asks for."""
    return sum(int(each.get("resources", {}).get("requests", {}).get(GPU, "0")) for each in pod["spec"]["containers"])


def env_of(pod: Body, container: Body) -> dict[str, str]:
    """The variables of a container."""
    values = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    for each in container["env"]:
        source = each.get("valueFrom", {})
        if source.get("fieldRef", {}).get("fieldPath") == "metadata.name":
            values[each["name"]] = pod["metadata"]["name"]
        elif source.get("resourceFieldRef", {}).get("resource") == "limits.cpu":
            values[each["name"]] = "1"
    return values


def has_ended(pod: Body) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
