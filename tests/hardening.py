"""The rules of the CIS Docker Benchmark 1.6 for services, and the exceptions."""

from collections.abc import Callable
from typing import Any

from compose_files import Service

PORTS = {
    4040: "Spark's page of the job",
    7070: "the object store",
    8080: "Spark's page of the cluster",
    8443: "the page behind the login",
    8444: "the gateway behind the login",
    8501: "the page",
    8502: "the gateway",
    9092: "Kafka",
    9400: "metrics",
}
"""The ports of containers that may be published, and what is read there."""
OF_THE_HOST = ("/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr", "/var/run", "/run")


def _binds(service: Service) -> list[dict[str, Any]]:
    return [it for it in service.get("volumes", []) if it["type"] == "bind"]


def _is_root(service: Service) -> bool:
    return service.get("user", "").partition(":")[0] in {"", "0", "root"}


def _has_no_health_check(service: Service) -> bool:
    check = service.get("healthcheck", {"disable": True})
    return bool(service.get("restart", "no") != "no" and check.get("disable"))


def _mounts_a_folder_of_the_host(service: Service) -> bool:
    sources = [it["source"] for it in _binds(service)]
    return any(
        it == "/" or f"{it}/".startswith(tuple(f"{of}/" for of in OF_THE_HOST)) for it in sources
    )


def _moves(image: str) -> bool:
    _, _, tag = image.rpartition("/")[2].partition(":")
    return tag in {"", "latest"} and not image.startswith("market-data/")


def _turns_off(service: Service, what: str) -> bool:
    return any(it.startswith(what) and "unconfined" in it for it in service.get("security_opt", []))


BROKEN: dict[str, Callable[[Service], bool]] = {
    "4.1 a user that is not root": _is_root,
    "4.6, 5.27 a health check where it goes on": _has_no_health_check,
    "5.1 nothing of a swarm": lambda it: bool(it.get("deploy")),
    "5.2 AppArmor's profile": lambda it: _turns_off(it, "apparmor"),
    "5.4 no capabilities": lambda it: it.get("cap_drop") != ["ALL"] or bool(it.get("cap_add")),
    "5.5 not privileged": lambda it: bool(it.get("privileged")),
    "5.6 no folders of the host's system": _mounts_a_folder_of_the_host,
    "5.7 no login by SSH": lambda it: any(
        "sshd" in word for word in [*(it.get("entrypoint") or []), *(it.get("command") or [])]
    ),
    "5.8 no port below 1024": lambda it: any(
        int(port["published"]) < 1024 for port in it.get("ports", [])
    ),
    "5.9 no port but those that are read": lambda it: any(
        port["target"] not in PORTS for port in it.get("ports", [])
    ),
    "5.10 not the host's network": lambda it: it.get("network_mode") == "host",
    "5.11 a limit of memory": lambda it: not int(it.get("mem_limit", 0)),
    "5.13 a file system that is read only": lambda it: not it.get("read_only"),
    "5.14 ports of the loopback only": lambda it: any(
        port.get("host_ip") != "127.0.0.1" for port in it.get("ports", [])
    ),
    "5.15 not started again for ever": lambda it: it.get("restart") == "always",
    "5.16 not the host's processes": lambda it: it.get("pid") == "host",
    "5.17 not the host's shared memory": lambda it: it.get("ipc") == "host",
    "5.18 no devices": lambda it: bool(it.get("devices")),
    "5.19 the engine's ulimits": lambda it: bool(it.get("ulimits")),
    "5.20 mounts that do not spread": lambda it: any(
        "shared" in bind.get("bind", {}).get("propagation", "") for bind in _binds(it)
    ),
    "5.21 not the host's name": lambda it: it.get("uts") == "host",
    "5.22 the engine's seccomp profile": lambda it: _turns_off(it, "seccomp"),
    "5.25 the engine's control group": lambda it: bool(it.get("cgroup_parent")),
    "5.26 no new privileges": lambda it: "no-new-privileges:true" not in it.get("security_opt", []),
    "5.28 an image that does not move": lambda it: _moves(it["image"]),
    "5.29 a limit of processes": lambda it: int(it.get("pids_limit") or 0) <= 0,
    "5.30 a network of its own": lambda it: it.get("network_mode") == "bridge",
    "5.31 not the host's users": lambda it: it.get("userns_mode") == "host",
    "5.32 no socket of the engine": lambda it: any(
        bind["source"].endswith("docker.sock") for bind in _binds(it)
    ),
}
"""Each rule, and what tells that a service breaks it."""

EXCEPTIONS = {
    ("4.1", "volume-init"): "it gives the volume's folders to the services' user, then ends",
    ("4.1", "secure-init"): "it gives each service its own password and certificate, then ends",
    ("4.1", "s3"): "upstream's image has no other user; a store to try with, without capabilities",
    ("5.4", "volume-init"): "what a change of owner takes, and no network",
    ("5.4", "secure-init"): "what a change of owner takes, and no network",
}
"""By rule and service, why a service may break a rule."""


def broken(service: Service) -> set[str]:
    """Name the rules that a service breaks, by their number."""
    return {rule.split()[0].rstrip(",") for rule, breaks in BROKEN.items() if breaks(service)}


def of_container(inspected: dict[str, Any]) -> Service:
    """Give what `docker inspect` says of a container in the form of `docker compose config`."""
    config, host = inspected["Config"], inspected["HostConfig"]
    return {
        "user": config["User"],
        "entrypoint": config["Entrypoint"],
        "command": config["Cmd"],
        "healthcheck": {"disable": "Health" not in inspected["State"]},
        "restart": host["RestartPolicy"]["Name"] or "no",
        "security_opt": host["SecurityOpt"] or [],
        "cap_drop": host["CapDrop"],
        "cap_add": host["CapAdd"],
        "privileged": host["Privileged"],
        "volumes": [
            {
                "type": it["Type"],
                "source": it.get("Source", ""),
                "bind": {"propagation": it.get("Propagation", "")},
            }
            for it in inspected["Mounts"]
        ],
        "ports": [
            {
                "target": int(target.split("/")[0]),
                "published": it["HostPort"],
                "host_ip": it["HostIp"],
            }
            for target, bound in (host["PortBindings"] or {}).items()
            for it in bound
        ],
        "network_mode": host["NetworkMode"],
        "mem_limit": host["Memory"],
        "read_only": host["ReadonlyRootfs"],
        "pid": host["PidMode"],
        "ipc": host["IpcMode"],
        "devices": host["Devices"],
        "ulimits": host["Ulimits"],
        "uts": host["UTSMode"],
        "cgroup_parent": host["CgroupParent"],
        "image": config["Image"],
        "pids_limit": host["PidsLimit"],
        "userns_mode": host["UsernsMode"],
    }
