"""Regions and the hosts that serve them (huaweicloudsdksecmaster and huaweicloudsdkcore 3.1.219)."""

from __future__ import annotations

_GLOBAL_IAM = frozenset({"af-north-1", "ap-southeast-5", "cn-north-11", "cn-southwest-3", "eu-west-101"})

REGIONS = (
    "af-north-1",
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "cn-east-2",
    "cn-east-3",
    "cn-east-4",
    "cn-east-5",
    "cn-north-1",
    "cn-north-2",
    "cn-north-4",
    "cn-north-9",
    "cn-north-11",
    "cn-north-12",
    "cn-south-1",
    "cn-south-2",
    "cn-southwest-2",
    "cn-southwest-3",
    "eu-west-101",
    "la-north-2",
    "la-south-2",
    "me-east-1",
    "my-kualalumpur-1",
    "sa-brazil-1",
    "tr-west-1",
)
"""Where SecMaster is offered."""


def secmaster_endpoint(region: str) -> str:
    """SecMaster's address in a region; ValueError, naming the known ones, when it is not offered there."""
    return f"https://secmaster.{_known(region)}.myhuaweicloud.com"


def iam_endpoint(region: str) -> str:
    """The address that gives tokens for a region: five regions of SecMaster are served by the global host."""
    if _known(region) in _GLOBAL_IAM:
        return "https://iam.myhuaweicloud.com"
    return f"https://iam.{region}.myhuaweicloud.com"


def _known(region: str) -> str:
    if region not in REGIONS:
        raise ValueError(f"unknown SecMaster region {region!r}; known are {', '.join(REGIONS)}")
    return region
