"""A policy in a browser: drafted, tried on past orders, made a version, and live at its time."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from noria.kit.jobs_run import run_waiting
from tower_site import NOW, look_over, sign_in

pytestmark = pytest.mark.xdist_group("browser")
