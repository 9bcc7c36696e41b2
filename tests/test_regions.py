"""Regions and hosts."""

from __future__ import annotations

import pytest

from bot.regions import REGIONS, iam_endpoint, secmaster_endpoint


def test_each_region_has_its_host() -> None:
    """SecMaster's host carries the region's name."""
    assert secmaster_endpoint("cn-north-4") == "https://secmaster.cn-north-4.myhuaweicloud.com"
    assert len(REGIONS) == len(set(REGIONS)) == 28


def test_five_regions_share_the_global_iam_host() -> None:
    """Tokens for these come from the host without a region; all others have their own."""
    shared = {region for region in REGIONS if iam_endpoint(region) == "https://iam.myhuaweicloud.com"}

    assert shared == {"af-north-1", "ap-southeast-5", "cn-north-11", "cn-southwest-3", "eu-west-101"}
    assert iam_endpoint("cn-north-4") == "https://iam.cn-north-4.myhuaweicloud.com"


@pytest.mark.parametrize("endpoint", [secmaster_endpoint, iam_endpoint])
def test_an_unknown_region_names_the_known_ones(endpoint: object) -> None:
    """A misspelt region is told which there are."""
    assert callable(endpoint)
    with pytest.raises(ValueError, match=r"'cn-nort-4'.*af-north-1, .*tr-west-1"):
        endpoint("cn-nort-4")
