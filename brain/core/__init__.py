"""Pure decisions of the brain: enrolment, matching, access, verdicts."""
