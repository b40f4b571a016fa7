"""The compose files, alone and together, follow the CIS Docker Benchmark's rules for containers."""

import pytest
from compose_files import TOGETHER, Service, services
from hardening import BROKEN, EXCEPTIONS, broken
from stack import CHECKOUT

GOOD: Service = {
    "image": "some/image:1.0",
    "user": "1001:0",
    "restart": "unless-stopped",
    "healthcheck": {"test": ["CMD", "true"]},
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "read_only": True,
    "mem_limit": "1000000",
    "pids_limit": 10,
    "ports": [{"published": "8501", "host_ip": "127.0.0.1", "target": 8501}],
    "volumes": [{"type": "bind", "source": "/home/someone/data", "bind": {}}],
}
BAD: dict[str, Service] = {
    "4.1": {"user": "root:1001"},
    "4.6": {"healthcheck": {"disable": True}},
    "5.1": {"deploy": {"mode": "global"}},
    "5.2": {"security_opt": ["no-new-privileges:true", "apparmor:unconfined"]},
    "5.4": {"cap_add": ["NET_ADMIN"]},
    "5.5": {"privileged": True},
    "5.6": {"volumes": [{"type": "bind", "source": "/etc/ssl"}]},
    "5.7": {"entrypoint": ["/usr/sbin/sshd", "-D"]},
    "5.8": {"ports": [{"published": "443", "host_ip": "127.0.0.1", "target": 8501}]},
    "5.9": {"ports": [{"published": "5005", "host_ip": "127.0.0.1", "target": 5005}]},
    "5.10": {"network_mode": "host"},
    "5.11": {"mem_limit": 0},
    "5.13": {"read_only": False},
    "5.14": {"ports": [{"published": "8501", "target": 8501}]},
    "5.15": {"restart": "always"},
    "5.16": {"pid": "host"},
    "5.17": {"ipc": "host"},
    "5.18": {"devices": ["/dev/kvm"]},
    "5.19": {"ulimits": {"nofile": 1}},
    "5.20": {"volumes": [{"type": "bind", "source": "/a", "bind": {"propagation": "rshared"}}]},
    "5.21": {"uts": "host"},
    "5.22": {"security_opt": ["no-new-privileges:true", "seccomp=unconfined"]},
    "5.25": {"cgroup_parent": "/mine"},
    "5.26": {"security_opt": []},
    "5.28": {"image": "some.registry:5000/image"},
    "5.29": {"pids_limit": -1},
    "5.30": {"network_mode": "bridge"},
    "5.31": {"userns_mode": "host"},
    "5.32": {"volumes": [{"type": "bind", "source": "/srv/docker.sock"}]},
}


def test_every_overlay_is_judged() -> None:
    judged = {f"compose.{it}.yaml" for overlays in TOGETHER for it in overlays}
    assert {it.name for it in CHECKOUT.glob("compose*.yaml")} == judged | {"compose.yaml"}


def test_a_service_breaks_no_rule_but_those_of_the_exceptions_which_are_all_needed() -> None:
    found = {
        (rule, service)
        for overlays in TOGETHER
        for service, it in services(*overlays).items()
        for rule in broken(it)
    }
    assert found == set(EXCEPTIONS)


@pytest.mark.parametrize("rule", BAD)
def test_a_rule_that_is_broken_is_named(rule: str) -> None:
    assert broken(GOOD) == set()
    assert broken(GOOD | BAD[rule]) == {rule}


def test_each_rule_has_an_example_that_breaks_it() -> None:
    assert [it.split()[0].rstrip(",") for it in BROKEN] == list(BAD)
