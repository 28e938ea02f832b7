"""Plans of these tests are checked, whoever made them."""

from tests.checked_plans import every_plan_is_checked as every_plan_is_checked  # noqa: PLC0414
