#!/usr/bin/env python3
"""The rules of spec/settings.json: each broken row is refused with a message that names it."""
import copy
import json
import unittest

import settings

GOOD = {"name": "server.idle_timeout_seconds", "type": "integer", "default": 60, "unit": "seconds", "least": 1,
        "most": 100, "scope": "static", "since": "0.1.0", "description": "Between requests.", "example": 30}
CHOICE = {"name": "log.level", "type": "choice", "default": "info", "choices": ["info", "debug"], "enum": "Level",
          "scope": "live", "since": "0.1.0", "description": "What is logged.", "example": "debug"}
SECRET = {"name": "database.url", "type": "text", "default": "", "secret": True, "scope": "static", "since": "0.1.0",
          "description": "Where the database is.", "example": "postgresql://host/sotto"}


class Spec(unittest.TestCase):
    def refused(self, row, **changes):
        row = copy.deepcopy(row) | changes
        row = {key: value for key, value in row.items() if value is not None}
        with self.assertRaises(settings.SpecError) as caught:
            settings.read_spec(json.dumps([row]))
        return str(caught.exception)

    def test_good_rows_are_taken(self):
        self.assertEqual(len(settings.read_spec(json.dumps([GOOD, CHOICE, SECRET]))), 3)

    def test_each_broken_row_is_named(self):
        for row, changes, part in (
                (GOOD, {"descripton": "x"}, "unknown keys descripton"),
                (GOOD, {"since": None}, "needs since"),
                (GOOD, {"name": "Server.x"}, "area.noun_unit"),
                (GOOD, {"type": "int"}, "unknown type 'int'"),
                (GOOD, {"scope": "hot"}, "scope"),
                (GOOD, {"default": "60"}, "default '60'"),
                (GOOD, {"default": True}, "default True"),
                (GOOD, {"example": 101}, "beyond its bounds"),
                (GOOD, {"unit": "minutes"}, "unknown unit"),
                (GOOD, {"name": "server.idle_timeout"}, "does not name its unit"),
                (GOOD, {"unit": None}, "needs unit"),
                (GOOD, {"description": "No stop"}, "stop"),
                (CHOICE, {"default": "loud"}, "none of its choices"),
                (CHOICE, {"enum": None}, "needs choices and enum"),
                (CHOICE, {"unit": "seconds"}, "no unit"),
                (CHOICE, {"list": True, "default": [], "example": []}, "list of texts"),
                (SECRET, {"flag": "database"}, "secret")):
            with self.subTest(part):
                self.assertIn(part, self.refused(row, **changes))

    def test_no_name_stands_twice(self):
        with self.assertRaisesRegex(settings.SpecError, "log.level stands twice"):
            settings.read_spec(json.dumps([CHOICE, CHOICE]))

    def test_secrets_have_no_option_and_are_bound_as_secrets(self):
        text = settings.reference([SECRET])
        self.assertIn("SOTTO_DATABASE_URL_FILE", text)
        self.assertNotIn("--database.url", text)
        self.assertIn("Secret url;", settings.header([SECRET]))

    def test_the_same_spec_gives_the_same_files(self):
        for make in settings.ARTEFACTS.values():
            self.assertEqual(make([GOOD, CHOICE]), make([GOOD, CHOICE]))


if __name__ == "__main__":
    unittest.main()
