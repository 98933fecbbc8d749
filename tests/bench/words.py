"""What RESULTS.md says in words."""

import platform
from pathlib import Path

import cost

HEAD = """
# Numbers

`make bench` measures all of this again and writes this file and its plots. This time it took {minutes} minutes after the builds.
Each function runs as a process of its own that asks a Runtime API, as Lambda has it, for events, and calls a canned AWS on the
same machine, which counts, and answers at once unless a table says otherwise. So what differs between the rows of a table is the
function alone.
"""

RECEIVER = """
A delivery is a signed `ticket.updated` of 2 kB that was not seen before. *floor* is a bare receiver in Rust with AWS's SDK as it
comes and our compiler settings: one conditional put and one send, no signature checked, nothing logged.
"""

COLD = """
*Cold start* is the time from the start of the process to its first request for an event. What each has asked AWS for by then:
{ready}. Who has opened no connection by then opens it with the first delivery. *Warm* and *p99* are the times of a delivery from
the Runtime API's answer to the function's, *memory* the most that the process ever held with bodies of up to 200 kB.
"""

REACTOR = """
A batch of one message about an event of 2 kB that the contender's own receiver has kept. Our reaction is `log`. *floor* reads
the event and marks it as done; it keeps no order and counts no tries.
"""

REACTOR_COLD = """
By the end of the cold start they have asked AWS for this: {ready}. *Memory* is the most with bodies of up to 600 kB.
"""

DELAYED = """
The same while AWS takes 4 ms for each answer, as it may within a region. Then the time goes by the number of answers that a batch
waits for in a row; calls that are made at the same time count as one.
"""

SENT = """
With `Reaction=sqs` in place of a log line an event takes {one} ms of CPU in a batch of its own, {than} times as much, and {ten} ms in a
batch of ten of one ticket. [Below](#what-an-invocation-asks-for) are its calls.
"""

SIZES = """
What a warm delivery takes by the size of its body. The words of the large bodies are English in random order. *floor* keeps
the body as it is in its item, and DynamoDB takes no item over 400 kB; the peers keep only the event's identity in DynamoDB and
send the body through SQS. A duplicate is one of an event that was settled; a forged delivery carries a wrong signature.
"""

SIZES_PLOT = "![CPU of a delivery by the size of its body](sizes.svg)"

GROWTH = """
Does an event cost more when many wait for the same ticket? That many events of 2 kB wait, of as many quiet tickets or of one
busy ticket, and the reactor is rung in batches of ten messages, or once for them all with the last one, until nothing waits.
CPU and time in ms for each event. For the CPU everything is drained {runs} times, by a new process each time, all ways in turn. For
the time it is drained once, and AWS takes 4 ms for each answer: the events of one ticket are reacted to one after another, those of
the tickets of a batch at the same time.
"""

GROWTH_PLOT = "![CPU and time for each event by how many wait](growth.svg)"

COUNTED = """
What one invocation asks AWS for, and what AWS would charge it with: write units by DynamoDB's rules (1 kB each, the larger of
the item before and after, the same for each entry of the index that changes, the existing item for a refused put), consistent
reads by 4 kB, SQS requests by 64 kB, and S3's by their number.
"""

COST = f"""
What a million events cost from the webhook to the reaction, out of the calls above. *Duplicates* are that many of a hundred
deliveries. Each event comes in a batch of its own, the dearest case, but for the last rows, where ten events of ten tickets come
in one. Lambda bills the time of a run, with its waiting: {cost.WAITS_MS["DynamoDB"]} ms for a call of DynamoDB,
{cost.WAITS_MS["SQS"]} ms for one of SQS and {cost.WAITS_MS["S3"]} ms for one of S3 are guesses
([somebody measured](https://kkc.github.io/2020/03/16/s3-latency/) 60 to 133 ms), and the measured CPU time is stretched by
{cost.MB_OF_A_CORE}/{cost.MEMORY_MB} for a function of {cost.MEMORY_MB} MB, all of them alike. What Lambda itself logs of a run that went
well is taken to be turned off for all of them, as our template does it. Not counted: storage, backups, metrics, alarms, traffic, free
tiers, cold starts, and the empty polls of a quiet queue. [COST.md](COST.md) counts those too, by the month.
"""

DEARER = """
Ours keeps the body, announces each try, and writes its metrics into its log; the peers do not. In USD for a million events, each in
a batch of its own, without duplicates:
"""

LARGE = "What makes events large is their comments: untick `comments` in AlgaPSA unless you need them."

COST_PLOT = "![Cost of a million events of 2 kB](cost.svg)"

STEPS = """
What computes in a delivery, alone: from the header to the proof (*verify*), from the body to the event with its stream and
its due (*parse*), from the body to what the inbox keeps (*compress*), and back (*decompress*). `cargo bench -p bench` runs
just these.
"""


INSTRUCTIONS = """
Where the difference to *floor* comes from: thousands of instructions for a warm delivery of 2 kB, as valgrind's callgrind counted them
on {date} at commit {commit}; `python3 tests/bench/instructions.py` counts again. Allocations, copies and hashes count for the part that asked
for them. What the kernel does is not in it. Valgrind's processor cannot hash in hardware: SHA-256 takes {ours} of ours and {floor} of
floor's there, and next to nothing on a processor that can. It counts each byte of some copies as an instruction, too, in both.
"""


def compared(keeps_objects):
    """What the peers promise; `keeps_objects` says whether ours keeps large bodies in S3."""
    return COMPARED.format(large="kept in S3" if keeps_objects else "kept in parts")


def noticed():
    """The first table of the page that `make notices` writes."""
    page = Path(__file__).with_name("NOTICED.md").read_text()
    _, tables = page.split("<!-- noticed -->\n")
    return NOTICED.format(table=tables.split("\n\n")[1])


def limits():
    share = cost.MEMORY_MB / cost.MB_OF_A_CORE
    where = platform.machine()
    asked = "which the template asks for, too" if where in ("aarch64", "arm64") else "and the template asks for arm64"
    return LIMITS.format(share=f"{share:.0%}", memory=cost.MEMORY_MB, where=where, asked=asked)


COMPARED = """
## What is compared

The peers are what one would write in an afternoon, and write well; they are in [peers](peers). They promise less:

| | alga-webhooks | Node.js | Python |
|---|---|---|---|
| checks the signature, in constant time | yes | yes | yes |
| keeps the event's body | yes, until it expires | no, only in the queue | no, only in the queue |
| an event is kept but its message is lost: a repeated delivery | rings again | is answered as a duplicate; the event is lost | is taken as new after the first has timed out |
| keeps the order of `occurred_at` within a ticket | yes | order of arrival | order of arrival |
| a failing reaction | tried for 80 minutes, then parked; its ticket waits, others go on | as the queue is set up | as the queue is set up |
| a body over 1 MB | {large} | refused by SQS | refused by SQS |
| metrics | yes | no | no |

*Node.js* is AWS's SDK 3, bundled and minified by esbuild. Its runtime client is a small one of our own
([runtime.mjs](peers/node/runtime.mjs)), since AWS's compiles C++ on installation. *Python* is Powertools for AWS Lambda with
its idempotency and batch utilities, under AWS's own runtime client; on Lambda its compiled files may be missing at a first
start.
"""

NOTICED = """
## What each way of listening notices

A made-up working day in simulated time, most of it in AlgaPSA's pages, heard by loops over AlgaPSA's API, by webhooks, and by webhooks and
the reconciler. [NOTICED.md](NOTICED.md) has two more days, and says how they were made and what was assumed: nobody has counted.

{table}
"""

LIMITS = """
## Limits

This is no Lambda: no Firecracker, no network, no TLS, and no throttling of the CPU to {share} of a core, which {memory} MB get. It ran
on {where}, {asked}. Bench and function share the machine's cores, so times, p99 most of all, are noisier than CPU times.
What the functions do is the same there as here; compare the rows, and do not take a figure for what your bill or your console will
show.
"""

MONTHLY = """
# What it costs a month

`make cost ARGS=--write` writes this file. `make cost` prints the table; `make cost ARGS="--help"` says what can be varied, such as
`ARGS="--events 50000 --size '50 kB' --params Dashboard=false"`.

{table}

In us-east-1, with `ReactionUrl` given and everything else at the template's defaults; events of 2 kB, spread over the month; one in ten
deliveries is a repetition. The last line holds if nothing else in your account uses what AWS gives free.

## Without an event

A stack that does nothing costs {rest} USD:

- **The dashboard**: {dashboard_dollars} USD. The first three of an account are free, so it usually costs nothing. `Dashboard=false` leaves it out.
- **{alarms} alarms**, each on one metric: {alarms_dollars} USD. Ten of an account are free.
- **Secrets**: {secrets_dollars} USD, 0.40 USD for each. The signing secret is always there; `ReactionUrl` brings a second one, and `TicketApiUrl` and
  `ReconcileMinutes` one more each.
- **Metrics**: {metrics_dollars} USD. The hourly sweep writes {rest_metrics} of ours. AWS's own metrics are free, and so are ten of ours.
- **Polls**: {SQS_dollars} USD. Lambda always has five requests open to the queue of doorbells, each of which waits for 20 s: {polls} requests a month
  that find nothing. A million requests of an account are free. Nothing in the template makes them fewer.

All else is less than a cent: 730 sweeps, each with one Lambda run, one scan of an empty index and one call of the Scheduler.

## With events

- **Metrics** grow first: an event writes {event_metrics} of ours in its usual course, each of which costs {hour} USD for an hour in which it occurs.
  They reach their most at an event an hour. There are {metrics} in all; most of the others count what goes wrong.
- **DynamoDB**: an event of 2 kB takes {writes} write units and {reads} of reading, a repeated delivery {again} of writing. An event is stored for `RetentionDays`, and
  point-in-time recovery stores it once more. Larger bodies cost more: see [RESULTS.md](RESULTS.md#cost).
- **SQS**: a doorbell takes {requests} requests: it is {doorbell}. Lambda's polls are counted on top, also when they find something.
- **Logs**: a line or two for each invocation. Lambda's own lines are turned off but for what fails.
- **Lambda**: a run for each delivery and for each event, as if no two events came in one batch. An endpoint's answer is guessed at 0.2 s, and is
  paid for as run time; so is a cold start.
- **Secrets** are read again every 5 minutes while there is traffic, which is what they cost beyond their 0.40 USD.
- **Else**: data sent to your endpoint, the Scheduler, calls of KMS by DynamoDB and Secrets Manager with AWS's own keys; with
  `Reaction=eventbridge` the events published. With `Reaction=sqs` each is a request of SQS more; what your consumer asks for is not counted.

Not counted: mails about alarms (a thousand a month are free), X-Ray (off unless `Tracing=true`), the log queries of a dashboard that somebody looks at,
attempts that fail, reads of tickets, the bucket that SAM uploads the functions to, and taxes.

## With the reconciler

It is off unless `ReconcileMinutes` is given, and then costs {hourly_reconciled} USD a month more with a run an hour, {daily_reconciled} USD with one a day. For a run an
hour:

- **Metrics**: {reconciled_metrics} USD for {run_metrics} of ours, if events come each hour and each run finds something.
- **Secret**: {reconciled_secrets} USD for the secret of its own key, its calls included. It is there even if it has no value.
- **Lambda**: {reconciled_Lambda} USD, if a run takes {run_seconds} s of its 512 MB. That is a guess: a call of AlgaPSA's API lists 100 tickets, and a key has 120 calls at
  once and 60 a minute after that.
- **Alarms**: {reconciled_alarms} USD for two.
- **Dashboard**: with its row the dashboard shows more than the 50 metrics up to which dashboards are free.

What it announces costs what any event costs. Calls of AlgaPSA's API cost nothing here.

## How sure that is

- **Polls.** AWS says that Lambda goes down from five pollers to as few as two on a quiet queue, but not
  [with `MaximumConcurrency`](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html), which the template sets. It says so of standard queues
  and nothing of FIFO queues. Users have counted [15 empty receives a minute](https://github.com/getlift/lift/issues/132), which is
  five pollers at 20 s. The queue's metric `NumberOfEmptyReceives` tells it for yours.
- **Dashboard.** Three are free "for up to 50 metrics". Ours shows fewer different ones, but shows some of them twice.
- **Prices** were read in copies of pages, the newest of June 2026, and not on AWS's own pages of today. What CloudWatch gives free is from
  [AWS's page](https://aws.amazon.com/cloudwatch/pricing/); the other free amounts are from where the price is. Other regions can cost a quarter more.
- **Guesses**, rather too high than too low: how long calls take (5 ms for DynamoDB, 10 ms for SQS), a cold start of 0.2 s after each 5 minutes without an
  event, a watermark for each event.
- **KMS**: that DynamoDB asks for a key once for each 5 minutes and connection is from memory: no copy of the page that says so was found.
- None of it has been compared with a bill: the stack has not run on AWS itself yet.

## Prices

{prices}
"""
