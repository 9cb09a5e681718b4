"""Policies in a browser: what is live and what is prepared, narrow and wide, dark and light."""

import pytest

from tower_site import look_over, sign_in

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_policies_are_for_everybody(page, width, scheme):
    sign_in(page)
    page.wait_for_url("**/today")
    request = page.context.request
    token = next(one["value"] for one in page.context.cookies() if one["name"].endswith("csrf"))
    sets = {"id": "sales", "channel": "web", "sets": {"priority": 90}, "reason": "the sales"}
    kept = {"id": "kept", "channel": "web", "units": 2, "reason": "the sales"}
    request.put(
        "/v1/policies/drafts/looked-over",
        data={"overrides": [sets], "protections": [kept]},
        headers={"X-CSRF-Token": token},
    )
    paths = ("policies", "policies/drafts/looked-over")
    look_over(page, paths, width, scheme)
