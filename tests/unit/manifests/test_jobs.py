from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hybridface_operator.manifests.jobs import attempt_job
from hybridface_operator.manifests.settings import Caches, ClaimCache, ImageCache, PodSettings, StoreAccess
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.spec.labels import UID
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.settings import WorkerSettings
from support.attempts import ATTEMPT, CONTEXT, DIGEST, INVENTORY, PRIVATE_POOL, SETTINGS, SPOT_POOL, attempt, context

GOLDEN = Path(__file__).parents[2] / "data" / "manifests"
ADVANCED = PodSettings(
    image="registry.example/hybridface-worker:1.0.0",
    image_pull_secrets=("registry",),
    store=StoreAccess(endpoint="https://minio.storage:9000", ca_config_map="storage-ca"),
    caches=Caches(
        private=ImageCache(kind="image", reference=f"registry.example/models@{DIGEST}"),
        cloud=ClaimCache(kind="persistentVolumeClaim", claim="models-cloud"),
    ),
    env={"HYBRIDFACE_BATCH": "16"},
)
PLANNED = f"registry.example/hybridface-worker@{DIGEST}"

JOBS = {
    "job-probe-private-cpu-nodes": attempt_job(
        context(sensitivity=Sensitivity.RESTRICTED), attempt(number=1, phase="probe"), PRIVATE_POOL, INVENTORY, SETTINGS
    ),
    "job-swap-private": attempt_job(context(image=PLANNED), ATTEMPT, PRIVATE_POOL, INVENTORY, SETTINGS),
    "job-swap-spot-kueue-claim": attempt_job(
        context(image=PLANNED, preload=True, priority="urgent"),
        attempt(pool="aws-spot"),
        SPOT_POOL,
        INVENTORY,
        ADVANCED,
    ),
    "job-swap-private-model-image": attempt_job(
        context(image=PLANNED, preload=True), ATTEMPT, PRIVATE_POOL, INVENTORY, ADVANCED
    ),
    "job-merge-spot": attempt_job(
        context(image=PLANNED), attempt(number=12, phase="merge", pool="aws-spot"), SPOT_POOL, INVENTORY, SETTINGS
    ),
}


def pod(job):
    return job["spec"]["template"]["spec"]


def containers(job):
    return pod(job).get("initContainers", []) + pod(job)["containers"]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_is_as_its_golden_file(name):
    assert JOBS[name] == yaml.safe_load((GOLDEN / f"{name}.yaml").read_text())


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_only_the_worker_of_swap_asks_for_a_device(job):
    phase = job["metadata"]["labels"]["hybridface.dev/phase"]
    asking = [
        container["name"]
        for container in containers(job)
        for amounts in container["resources"].values()
        if any("/" in resource for resource in amounts)
    ]
    assert asking == (["worker"] * 2 if phase == "swap" else [])


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_pod_meets_pod_security_restricted(job):
    security = pod(job)["securityContext"]
    assert security["runAsNonRoot"]
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(job):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
    kinds = {kind for volume in pod(job)["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"configMap", "emptyDir", "secret", "persistentVolumeClaim", "image"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod(job).keys()


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_pod_has_no_token_and_a_ceiling_for_everything(job):
    assert pod(job)["automountServiceAccountToken"] is False
    for container in containers(job):
        for amounts in container["resources"].values():
            assert {"cpu", "memory", "ephemeral-storage"} <= amounts.keys()


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_worker_can_read_its_settings_from_the_environment_of_its_pod(job, tmp_path):
    for container in containers(job):
        env = {variable["name"]: variable.get("value", "1") for variable in container["env"]}
        assert len(env) == len(container["env"])
        settings = WorkerSettings.from_env(env)
        assert settings.store.s3 is not None
        mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert {str(settings.scratch), str(settings.store.s3.credentials_dir)} <= mounted


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_every_mount_has_its_volume_and_every_volume_its_mount(job):
    mounted = {mount["name"] for container in containers(job) for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod(job)["volumes"]}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_only_what_is_no_fault_of_the_work_is_ignored(job):
    rules = job["spec"]["podFailurePolicy"]["rules"]
    assert rules[0] == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    codes = {(rule["action"], code) for rule in rules[1:] for code in rule["onExitCodes"]["values"]}
    assert codes == {
        ("Ignore", ExitCode.SERVICE_AWAY),
        ("Ignore", ExitCode.CANNOT_WRITE),
        ("FailIndex", ExitCode.BAD_TASK),
        ("FailIndex", ExitCode.LACKS_PLAN),
    }
    named = {rule["onExitCodes"]["containerName"] for rule in rules[1:]}
    assert named == {container["name"] for container in containers(job)}


def test_a_pool_has_settings_of_its_own_before_those_of_all_workers():
    pool = PRIVATE_POOL.model_copy(update={"env": {"HYBRIDFACE_BATCH": "2", "HYBRIDFACE_THREADS": "3"}})
    job = attempt_job(context(preload=True), ATTEMPT, pool, INVENTORY, ADVANCED)
    for container in containers(job):
        said = [(each["name"], each.get("value")) for each in container["env"]]
        assert [one for one in said if one[0] in pool.env] == [("HYBRIDFACE_BATCH", "2"), ("HYBRIDFACE_THREADS", "3")]


def test_no_pool_says_where_storage_is():
    pool = PRIVATE_POOL.model_copy(update={"env": {"HYBRIDFACE_S3_ENDPOINT": "https://elsewhere"}})
    (container,) = containers(attempt_job(CONTEXT, ATTEMPT, pool, INVENTORY, SETTINGS))
    said = [each.get("value") for each in container["env"] if each["name"] == "HYBRIDFACE_S3_ENDPOINT"]
    assert said == [SETTINGS.store.endpoint]


PLAIN = attempt_job(CONTEXT, ATTEMPT, PRIVATE_POOL, INVENTORY, SETTINGS)
KEEPS_OUT = {
    "sidecar.istio.io/inject": "false",
    "linkerd.io/inject": "disabled",
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    "karpenter.sh/do-not-disrupt": "true",
}
LABELLED = SETTINGS.model_copy(
    update={
        "job_labels": ("cost-center", "team", "absent", UID),
        "pod_labels": {"team": "media"},
        "pod_annotations": KEEPS_OUT,
    }
)


def test_jobs_and_pods_carry_the_labels_that_administrators_name_and_no_others():
    mine = {"cost-center": "4711", "team": "mine", "secret": "x", UID: "another"}
    job = attempt_job(context(labels=mine), ATTEMPT, PRIVATE_POOL, INVENTORY, LABELLED)
    added = {"cost-center": "4711", "team": "media"}
    for metadata, plain in zip(
        (job["metadata"], job["spec"]["template"]["metadata"]),
        (PLAIN["metadata"], PLAIN["spec"]["template"]["metadata"]),
        strict=True,
    ):
        assert metadata["labels"] == plain["labels"] | added
    assert job["spec"]["template"]["metadata"]["annotations"] == KEEPS_OUT


def test_with_a_queue_a_job_is_kueues_to_start_also_with_fewer_pods():
    job = JOBS["job-swap-spot-kueue-claim"]
    assert job["spec"]["suspend"] is True
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "spot"
    assert job["metadata"]["annotations"] == {"kueue.x-k8s.io/job-min-parallelism": "1"}
    assert "suspend" not in JOBS["job-swap-private"]["spec"]
    assert "annotations" not in JOBS["job-swap-private"]["metadata"]


def test_a_job_of_one_pod_at_a_time_has_no_fewer():
    job = attempt_job(CONTEXT, attempt(pool="aws-spot", parallelism=1), SPOT_POOL, INVENTORY, SETTINGS)
    assert "annotations" not in job["metadata"]


def test_probe_runs_the_settings_image_and_later_phases_the_plans():
    assert {c["image"] for c in containers(JOBS["job-probe-private-cpu-nodes"])} == {SETTINGS.image}
    assert {c["image"] for c in containers(JOBS["job-swap-spot-kueue-claim"])} == {PLANNED}


def test_only_preload_may_write_to_a_cache_and_nobody_to_a_model_image():
    def writers(job):
        return [
            container["name"]
            for container in containers(job)
            for mount in container["volumeMounts"]
            if mount["name"] == "models" and not mount["readOnly"]
        ]

    assert writers(JOBS["job-swap-spot-kueue-claim"]) == ["preload"]
    assert writers(JOBS["job-swap-private-model-image"]) == []


def test_a_pool_without_labels_asks_for_no_node_in_particular():
    bare = SPOT_POOL.model_copy(update={"node_selector": {}, "tolerations": ()})
    job = attempt_job(CONTEXT, attempt(pool="aws-spot"), bare, INVENTORY, SETTINGS)
    assert not {"affinity", "tolerations"} & pod(job).keys()


def test_private_and_cloud_pods_share_no_claim():
    claim = ClaimCache(kind="persistentVolumeClaim", claim="models")
    with pytest.raises(ValueError, match="claim models: private and cloud pods may not share a cache; name two"):
        Caches(private=claim, cloud=claim)
