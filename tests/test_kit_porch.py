"""The porch: what is logged there, and how seldom."""

from structlog.testing import capture_logs

from noria.kit.porch import Ended


def test_of_what_is_hung_up_on_one_line_a_second_is_logged():
    with capture_logs() as logged:
        ended = Ended()
        for why in ("malformed-request", "slow", "slow"):
            ended.count(why)
        ended.note(at_last=True)
        ended.note(at_last=True)
    assert [one.get("slow", 0) for one in logged] == [0, 2]
    assert logged[0]["malformed_request"] == 1
