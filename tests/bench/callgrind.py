"""Reads what valgrind's callgrind has counted: the instructions of each function, and what each call took."""

import re
from collections import Counter, defaultdict

# Whose code a function is, by its name; the first that fits counts.
PARTS = {
    "compressing the body": r"ZSTD|HUF_|FSE_|HIST_|XXH|zstd|shared::inbox::body",
    "checking the signature": r"receiver::authenticate|shared::signature|signing_secrets|shared::secret",
    "metrics": r"metrique|receiver::report",
    "Lambda's runtime client, its event and answer": r"lambda_",
    "signing requests": r"aws_sigv4|auth::sigv4",
    "AWS's SDK without that": r"aws_|tracing",
    "HTTP": r"hyper|httparse|http::|http_body|tower",
    "Tokio": r"tokio|mio::|futures",
    "event, item and doorbell: our own code, or floor's": r"receiver::|shared::|floor",
}
# What everybody uses. It counts for whoever called it.
COMMON = re.compile(r"^<*&?(?:mut )?(core|alloc|std|hashbrown|serde|serde_core|serde_json|bytes|sha2|digest|hmac|block_buffer)::|^_|^mem|alloc$|^free$")
NAMED = re.compile(r"\((\d+)\)(?: (.*))?$")


def read(path):
    """What was counted: instructions by function, and by caller and callee with all that the callee called."""
    own, calls, names = Counter(), Counter(), {}
    caller = callee = None
    is_call = False
    for line in path.read_text(errors="replace").splitlines():
        what, _, rest = line.partition("=")
        if what == "fn":
            caller = name(rest, names)
        elif what == "cfn":
            callee = name(rest, names)
        elif what == "calls":
            is_call = True
        elif re.match(r"[\d+*-]\S* \d+$", line):
            count = int(line.split()[1])
            if is_call:
                calls[caller, callee] += count
            else:
                own[caller] += count
            is_call = False
    return own, calls


def name(text, names):
    """A function's name, which is written once and then a number. The compiler's hash and the level of a recursion go."""
    number, written = NAMED.match(text).groups()
    if written:
        names[number] = re.sub(r"(::h[0-9a-f]{16})?('\d+)?$", "", written)
    return names[number]


def by_part(own, calls):
    """Instructions by part. What is common goes to its callers, in the proportion in which they called it."""
    callers = defaultdict(dict)
    for (caller, callee), count in calls.items():
        if count > 0 and caller != callee:
            callers[callee][caller] = count
    found, left = Counter(), own
    for _ in range(300):
        above = Counter()
        for function, count in left.items():
            share = callers.get(function, {})
            owner = part(function) or (None if share else "else")
            if owner:
                found[owner] += count
            else:
                total = sum(share.values())
                for caller, calls_ in share.items():
                    above[caller] += count * calls_ / total
        left = above
    return found


def part(function):
    if COMMON.search(function):
        return None
    return next((part for part, names in PARTS.items() if re.search(names, function)), None)
