"""The browser that the console's tests and pictures drive: found on the path, or installed from Debian's packages.

Nothing is installed on anybody's own machine unless ALGA_BROWSER=install asks for it.
"""

import os
import shutil
import subprocess
import sys

from places import Trouble

DRIVER = "chromedriver"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without a font, every letter is a box.
PACKAGES = ("chromium", "chromium-driver", "fonts-dejavu-core")
HOW = f"`apt-get install {' '.join(PACKAGES)}`, or set CHROMEDRIVER and CHROME to the two programs"


def wanted():
    """The variables that name the driver and the browser to whatever drives them. If there are none, says how to get them."""
    there = had()
    if not there:
        print(f"There is no browser, so the console's tests are skipped. To run them: {HOW}.", file=sys.stderr, flush=True)
    return there


def needed():
    """The same for what cannot do without."""
    there = had()
    if not there:
        raise Trouble(f"A browser is needed: {HOW}.")
    return there


def had():
    return found() or (installed() if may_install() else {})


def found():
    driver = os.environ.get("CHROMEDRIVER") or shutil.which(DRIVER)
    browser = os.environ.get("CHROME") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return {"CHROMEDRIVER": driver, "CHROME": browser} if driver and browser else {}


def may_install():
    """Whether we were asked to, or nobody's own machine is changed by it; and whether we can."""
    asked = os.environ.get("ALGA_BROWSER") == "install" or os.environ.get("CI")
    return bool(asked) and os.geteuid() == 0 and shutil.which("apt-get") is not None


def installed():
    """Installs it where the packages have these names, as on Debian; Ubuntu's lead to a snap, which needs more than root."""
    print(f"Installing {' '.join(PACKAGES)} …", file=sys.stderr, flush=True)
    apt("update")
    if subprocess.run(["apt-cache", "show", "chromium-driver"], capture_output=True).returncode == 0:
        apt("install", "--yes", "--no-install-recommends", *PACKAGES)
    return found()


def apt(*words):
    command = ["apt-get", "-qq", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300", *words]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if told.returncode != 0:  # whoever needs the browser says that there is none
        print(f"{' '.join(command)} failed: {told.stdout.strip()}", file=sys.stderr, flush=True)
