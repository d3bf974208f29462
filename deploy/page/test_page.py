"""The page at `/`, as a reader uses it in a browser.

LAZYPAGES_URL is a service that asks for no token, LAZYPAGES_GUARDED_URL one that does, LAZYPAGES_TOKEN its admin's. With
LAZYPAGES_SCREENSHOTS each view is saved in that folder.
"""

import os
import pathlib
import unittest
from urllib.parse import quote

from selenium.common.exceptions import JavascriptException
from selenium.webdriver import ActionChains, Keys

from browser import Browser, Client

ADDER = """(module
  (memory (export "memory") 1 16)
  (func (export "add") (param $by i32) (result i32)
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $by)))
    (i32.load (i32.const 0)))
  (func (export "trap") unreachable)
  (func (export "spin") (loop $ever (br $ever))))"""

# Writes each third page of some thousands.
LARGE = """(module
  (memory (export "memory") 2048)
  (func (export "fill") (local $at i32)
    (loop $pages
      (i32.store (local.get $at) (i32.const 7))
      (local.set $at (i32.add (local.get $at) (i32.const 49152)))
      (br_if $pages (i32.lt_u (local.get $at) (i32.const 134217728))))))"""

HOSTILE = "<script>window.hit = 1</script><img src=x onerror='window.hit = 2'>"

# Logs what is hostile, answers the payload, and panics with it from an entry whose name is hostile as well.
SPEAKER = f"""(module
  (import "env" "gr_debug" (func $debug (param i32 i32)))
  (import "env" "gr_panic" (func $panic (param i32 i32)))
  (import "env" "gr_reply_input" (func $reply (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "{HOSTILE}")
  (func (export "handle")
    (call $debug (i32.const 0) (i32.const {len(HOSTILE)}))
    (call $reply (i32.const 0) (i32.const {len(HOSTILE)}) (i32.const -1) (i32.const 1024)))
  (func (export "{HOSTILE}")
    (call $panic (i32.const 0) (i32.const {len(HOSTILE)}))))"""

browser = None


def setUpModule():
    global browser
    browser = Browser()


def tearDownModule():
    browser.quit()


class PageTest(unittest.TestCase):
    url = os.environ["LAZYPAGES_URL"]
    guarded = os.environ["LAZYPAGES_GUARDED_URL"]
    client = Client(url)

    def setUp(self):
        browser.show()
        self.assertEqual(browser.complaints(network=True), [])

    def tearDown(self):
        self.assertEqual(browser.complaints(), [])

    def go(self, place):
        browser.open(f"{self.url}/{place}")

    def upload(self, name, text, **more):
        self.client.post("/v1/programs", {"id": name, "wat": text, **more})

    def run_job(self, program, entry, args=(), **more):
        return self.client.post("/v1/jobs", {"program": program, "entry": entry, "args": list(args), **more})


class MemoryTest(PageTest):
    def picture(self):
        return browser.script("return document.querySelector('canvas').toDataURL()")

    def move_to_cell(self, column):
        """Moves to a cell of the first row, which has 16 columns of 26 pixels behind its number."""
        canvas = browser.find("canvas")
        x = canvas.size["width"] - 16 * 26 + 26 * column + 13
        # Selenium counts from the middle.
        offset = x - canvas.size["width"] / 2, 13 - canvas.size["height"] / 2
        return ActionChains(browser.driver).move_to_element_with_offset(canvas, *offset)

    def test_upload_run_and_look(self):
        self.go("#/upload")
        browser.fill("[name=id]", "uploaded")
        browser.fill("[name=text]", ADDER)
        browser.press("Upload")
        browser.wait(lambda: browser.driver.current_url.endswith("#/programs/uploaded"), "the program is not shown")
        browser.wait_for_text("0 stored", ".legend")
        empty = self.picture()

        browser.fill("[name=argument]", "5")
        browser.press("Run")
        browser.wait_for_text("Results: 5", ".answer")
        browser.wait_for_text("1 stored", ".legend")
        browser.wait_for_text("1 written", ".legend")
        browser.wait(lambda: self.picture() != empty, "the picture stays as it was")
        browser.wait_for_text("05 00 00 00", ".bytes")

        browser.fill("[name=argument]", "300")
        browser.press("Run")
        browser.wait_for_text("Results: 305", ".answer")
        browser.wait_for_text("31 01 00 00", ".bytes")
        self.assertEqual([mark.text for mark in browser.all(".bytes mark")], ["31", "01"])

        self.move_to_cell(2).click().perform()
        browser.wait_for_text("Page 2", ".inspector")
        self.assertIn("Never stored", browser.text(".inspector"))
        self.assertTrue(browser.driver.current_url.endswith("?page=2"))
        self.move_to_cell(0).click().perform()
        browser.wait_for_text("0000  31 01", ".bytes")
        self.assertIn("version 2", browser.text(".inspector"))
        self.move_to_cell(3).perform()
        browser.wait_for_text("page 3, never stored", ".status")

        browser.press("Look at the job")
        browser.wait_for_text("Faults in order")
        steps = [row.text for row in browser.all("table[aria-label='Where the time went'] th")]
        self.assertEqual(steps, ["queued", "load", "execute", "commit"])
        kinds = [row.text for row in browser.all("table[aria-label='Gas by kind'] th")]
        self.assertIn("load page data", kinds)
        self.assertIn("write after read", browser.text("table[aria-label=Faults]"))

    def test_keys_choose_pages(self):
        self.upload("keys", ADDER)
        self.run_job("keys", "add", [1])
        self.go("#/programs/keys?page=3")
        browser.wait_for_text("Page 3", ".inspector")
        canvas = browser.find("canvas")
        self.assertEqual(canvas.get_attribute("aria-valuenow"), "3")
        canvas.send_keys(Keys.HOME)
        browser.wait_for_text("01 00 00 00", ".bytes")
        self.assertIn("written by the last job", canvas.get_attribute("aria-valuetext"))
        canvas.send_keys(Keys.ARROW_RIGHT)
        browser.wait_for_text("Page 1", ".inspector")
        canvas.send_keys(Keys.END)
        browser.wait_for_text("Page 3", ".inspector")

    def test_what_others_run_shows_by_itself(self):
        self.upload("others", ADDER)
        self.go("#/programs/others")
        browser.wait_for_text("0 stored", ".legend")
        for _ in range(3):
            self.run_job("others", "add", [1])
        browser.wait_for_text("03 00 00 00", ".bytes")
        browser.wait_for_text("1 hot", ".legend")
        self.go("#/")
        browser.wait_for_text("Recent jobs")
        job = self.run_job("others", "trap")
        browser.wait(lambda: browser.all(f"a[href='#/jobs/{job['id']}']"), "the job does not show")
        browser.wait_for_text("ended badly")
        browser.wait_for_text("others", "table[aria-label='Busiest programs']")

    def test_thousands_of_pages(self):
        self.upload("large", LARGE)
        self.run_job("large", "fill", gas_limit=10**12, pages="numbers")
        self.go("#/programs/large")
        browser.wait_for_text("2,731 stored", ".legend")
        canvas = browser.find("canvas")
        self.assertLess(canvas.size["height"], 500)
        canvas.send_keys(Keys.END)
        browser.wait_for_text("Page 8,191", ".inspector")
        browser.find("[aria-label='The previous stored page']").click()
        browser.wait_for_text("Page 8,190", ".inspector")
        browser.wait_for_text("07 00 00 00", ".bytes")


class JobsTest(PageTest):
    def badges(self):
        return [badge.text for badge in browser.all("table[aria-label=Jobs] .badge")]

    def test_filters_stand_in_the_address(self):
        self.upload("filtered", ADDER)
        for entry, args in [("add", [1]), ("trap", []), ("add", [2])]:
            self.run_job("filtered", entry, args)
        self.go("#/jobs")
        browser.fill("[name=program]", "filtered")
        browser.press("Filter")
        browser.wait(lambda: self.badges() == ["success", "trap", "success"], "the jobs of the program do not show")
        browser.choose("[name=outcome]", "trap")
        browser.wait(lambda: self.badges() == ["trap"], "the outcome is not filtered")
        self.assertTrue(browser.driver.current_url.endswith("#/jobs?program=filtered&outcome=trap"))
        browser.driver.back()
        browser.wait(lambda: len(self.badges()) == 3, "the way back does not work")
        self.assertEqual(browser.find("[name=outcome]").get_attribute("value"), "")
        self.go("#/jobs?program=filtered&outcome=success")
        browser.wait(lambda: self.badges() == ["success", "success"], "the address does not filter")
        self.assertEqual(browser.find("[name=outcome]").get_attribute("value"), "success")

    def test_a_running_job_is_cancelled(self):
        self.upload("endless", ADDER)
        self.go("#/programs/endless")
        browser.choose("[name=entry]", "spin()")
        browser.fill("[name=gas]", str(10**15))
        browser.press("Run")
        job = browser.wait(lambda: self.client.get("/v1/jobs?program=endless&state=running")["jobs"], "nothing runs")[0]
        self.go(f"#/jobs/{job['id']}")
        browser.wait_for_text("running")
        browser.press("Cancel the job")
        browser.wait_for_text("cancelled")
        self.assertEqual(self.client.get(f"/v1/jobs/{job['id']}")["state"], "cancelled")

    def test_what_is_wrong_is_told(self):
        self.go("#/upload")
        browser.fill("[name=id]", "broken")
        browser.fill("[name=text]", '(module (import "env" "none_such" (func)) (memory (export "memory") 1))')
        browser.press("Upload")
        browser.wait_for_text("unknown import", "[role=alert]")
        self.assertIn("none_such", browser.text("[role=alert]"))
        self.go("#/programs/missing")
        browser.wait_for_text("program not found")


class HostileTest(PageTest):
    def assert_harmless(self, *texts):
        for text in texts:
            self.assertIn(text, browser.script("return document.querySelector('main').textContent"))
        self.assertEqual(browser.script("return [window.hit ?? null, document.querySelectorAll('main img').length]"), [None, 0])

    def test_text_of_others_stays_text(self):
        self.upload("speaker", SPEAKER, labels={"note": HOSTILE, "<b>bold</b>": "<b>label</b>"})
        self.go("#/programs/speaker")
        browser.fill("[name=payload]", HOSTILE.ljust(len(HOSTILE)))
        browser.press("Run")
        browser.wait_for_text(HOSTILE, ".answer")
        self.assert_harmless(HOSTILE, "<b>bold</b>", "<b>label</b>")
        browser.choose("[name=entry]", f"{HOSTILE}()")
        browser.press("Run")
        browser.wait_for_text("panic", ".answer")
        self.assert_harmless(HOSTILE)
        for job in self.client.get("/v1/jobs?program=speaker")["jobs"]:
            self.go(f"#/jobs/{job['id']}")
            browser.wait_for_text("The job as JSON")
            self.assert_harmless(HOSTILE)
        for place in ["#/", "#/programs", "#/jobs?program=speaker"]:
            self.go(place)
            browser.wait_for_text("speaker")
            self.assert_harmless(*([] if place == "#/programs" else [HOSTILE]))
        for place in [f"#/programs/{quote(HOSTILE, safe='')}", f"#/jobs/{quote(HOSTILE, safe='')}"]:
            self.go(place)
            browser.wait_for_text("not found")
            # As long as the service's answer shows it.
            self.assert_harmless(HOSTILE[:40])

    def test_the_policy_forbids_markup_and_code_from_text(self):
        self.go("#/")
        browser.wait_for_text("Workers")
        for attempt in ["document.body.innerHTML = '<b>x</b>'", "document.body.setAttribute('onclick', 'window.hit = 1')"]:
            with self.assertRaises(JavascriptException, msg=attempt):
                browser.script(attempt)
        browser.complaints()
        browser.script(f"""
            const image = document.createElement('img');
            image.src = '{self.guarded}/page/page.css';
            document.body.append(image);""")
        browser.wait(lambda: "img-src" in str(browser.complaints()), "an image from elsewhere is let in")


class TokenTest(PageTest):
    url = PageTest.guarded
    token = os.environ["LAZYPAGES_TOKEN"]
    client = Client(url, token)

    def test_a_token_is_asked_for(self):
        self.go("#/programs")
        browser.script("sessionStorage.clear()")
        self.go("#/programs")
        browser.find("#token")
        self.assertEqual(browser.text("#sign-in h2"), "This service asks for a token")
        browser.fill("#token", "wrong")
        browser.press("Sign in", "#sign-in")
        browser.wait_for_text("The token is not known.", "#sign-in")
        browser.press("Cancel", "#sign-in")
        browser.wait_for_text("A token is needed")
        self.assertIsNone(browser.script("return sessionStorage.getItem('lazypages.token')"))

        browser.press("Sign in")
        browser.fill("#token", self.token + Keys.ENTER)
        browser.wait_for_text("No program is stored yet")
        self.upload("guarded", ADDER)
        self.go("#/programs/guarded")
        browser.fill("[name=argument]", "7")
        browser.press("Run")
        browser.wait_for_text("07 00 00 00", ".bytes")
        self.run_job("guarded", "add", [1])
        browser.wait_for_text("08 00 00 00", ".bytes")

        browser.press("Sign out", "header")
        browser.find("#token")
        self.assertNotIn("guarded", browser.text())


class LooksTest(PageTest):
    def views(self):
        self.upload("looks", ADDER, labels={"team": "billing"})
        for by in range(5):
            job = self.run_job("looks", "add", [by])["id"]
        trap = self.run_job("looks", "trap")["id"]
        self.upload("spread", LARGE)
        self.run_job("spread", "fill", gas_limit=10**12, pages="numbers")
        return {
            "overview": "#/", "programs": "#/programs", "program": "#/programs/looks", "spread": "#/programs/spread",
            "jobs": "#/jobs", "job": f"#/jobs/{job}", "trap": f"#/jobs/{trap}", "upload": "#/upload",
        }

    def test_every_view_fits_and_is_labelled(self):
        folder = os.environ.get("LAZYPAGES_SCREENSHOTS")
        grounds = set()
        for name, place in self.views().items():
            for width in [1280, 390]:
                for scheme in ["light", "dark"]:
                    browser.show(width, 844 if width == 390 else 900, scheme)
                    self.go(place)
                    browser.wait(lambda: browser.all("main:not([aria-busy]) section"), f"{name} is not shown")
                    if name in ("program", "spread"):
                        browser.find(".inspector h3")
                    self.assertLessEqual(browser.script("return document.documentElement.scrollWidth"), width, name)
                    grounds.add(browser.script("return getComputedStyle(document.body).backgroundColor"))
                    if folder:
                        browser.save_screenshot(pathlib.Path(folder) / f"{name}-{width}-{scheme}.png")
            unlabelled = browser.script("""
                return [...document.querySelectorAll('input, select, textarea, button, canvas, pre[tabindex]')]
                    .filter(e => !e.labels?.length && !e.getAttribute('aria-label') && !e.textContent.trim())
                    .map(e => e.outerHTML)""")
            self.assertEqual(unlabelled, [], name)
        self.assertEqual(len(grounds), 2)

    def test_keys_alone_reach_the_content(self):
        self.go("#/")
        browser.wait_for_text("Workers")
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        self.assertEqual(browser.driver.switch_to.active_element.text, "Skip to the content")
        ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
        browser.wait(lambda: browser.driver.switch_to.active_element.get_attribute("id") == "main", "it does not skip")


if __name__ == "__main__":
    unittest.main()
