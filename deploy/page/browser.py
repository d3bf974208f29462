"""A headless Chromium that looks at the page, and a client that asks the service without it."""

import base64
import json
import pathlib
import time
import urllib.error
import urllib.request

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PATIENCE = 15


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        # What it looks at is the service on this machine, so it needs no sandbox, which containers often lack; and it gets
        # nowhere else.
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
            "--no-proxy-server", "--disable-background-networking", "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ):
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(PATIENCE)
        self.show()

    def quit(self):
        self.driver.quit()

    def show(self, width=1280, height=900, scheme="light"):
        """Sets the size of the window and the colours that its reader prefers."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def open(self, url):
        self.driver.get("about:blank")
        self.driver.get(url)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def find(self, selector):
        """The first visible element, as soon as there is one."""
        return self.wait(lambda: next((e for e in self.all(selector) if e.is_displayed()), None), f"no {selector}")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        return self.find(selector).text

    def fill(self, selector, text):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def choose(self, selector, value):
        """Chooses an option by its value or its text, as a reader does."""
        for option in self.find(selector).find_elements(By.TAG_NAME, "option"):
            if value in (option.get_attribute("value"), option.text):
                return option.click()
        raise AssertionError(f"{selector} has no option {value}")

    def press(self, text, within="main"):
        """Presses the button, or follows the link, that says this."""
        for element in self.all(f"{within} button, {within} a"):
            if element.is_displayed() and element.text == text:
                return element.click()
        raise AssertionError(f"there is nothing to press that says {text}")

    def wait(self, condition, what):
        """The condition's value as soon as it is true."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if value := condition():
                    return value
            except (NoSuchElementException, StaleElementReferenceException):
                pass
            if time.monotonic() > end:
                raise AssertionError(f"{what}; the page says: {self.script('return document.body.innerText')[:2000]}")
            time.sleep(0.05)

    def wait_for_text(self, text, selector="main"):
        self.wait(lambda: text in self.text(selector), f"{selector} never says {text!r}")

    def complaints(self, network=False):
        """What the console has had to complain of since the last call: errors, and breaches of the policy."""
        return [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and (network or entry["source"] != "network")
        ]

    def save_screenshot(self, path):
        """The whole document, as it would be seen in a window that is long enough."""
        height, width = self.script("return [document.documentElement.scrollHeight, innerWidth]")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        options = {"captureBeyondViewport": True, "clip": clip}
        image = self.driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(image))


class Client:
    """The API, without the page."""

    def __init__(self, url, token=None):
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, document):
        return self.send("POST", path, json.dumps(document).encode())

    def send(self, method, path, body=None):
        headers = {"Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from error
