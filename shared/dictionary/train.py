"""Trains the zstd dictionary that stored bodies are packed with.

    pip install zstandard==0.25.0 && python3 shared/dictionary/train.py 1 > shared/dictionary/1.zdict

Its samples are made-up events in the sender's shapes, with phrases that help desks use. The dictionary learns the keys,
their order, common values and the statistics of English, and holds nobody's data. The samples are seeded, so the same
version always gives the same bytes. A released dictionary never changes, because stored bodies need it: train a better
one under the next number.
"""

import json
import random
import sys
import uuid

import zstandard

SIZE = 12_288
SAMPLES = 4_000
LEVEL = 6

NAMES = """Alice Martin|Omar Haddad|Julia Schneider|David Cohen|Emma Larsen|Lucas Silva|Nina Petrova|Tom Baker
Fatima Rahman|George Miller|Hannah Kim|Ivan Kovac|Laura Rossi|Michael Brown|Olga Ivanova|Peter Smith|Sarah Johnson
Victor Nguyen|Anna Kowalska|James Wilson|Maria Garcia|Robert Taylor""".replace("\n", "|").split("|")

CLIENTS = """Northwind Traders|Contoso Ltd|Fabrikam Inc|Wide World Importers|Lakeside Medical Group|Harbor Logistics
Greenfield School District|Summit Legal LLP|Blue Ridge Construction|City Dental Care|Oakwood Accounting|Acme Corp
""".replace("\n", "|").strip("|").split("|")

BOARDS = ["General Support", "Helpdesk", "Network", "Projects", "Onboarding", "Alerts", "Managed Services"]
STATUSES = ["New", "Open", "In Progress", "Assigned", "Waiting for Customer", "Waiting on Vendor", "On Hold",
            "Scheduled", "Resolved", "Closed", "Reopened"]
PRIORITIES = ["Low", "Medium", "High", "Urgent", "Critical"]
TAGS = ["vip", "printer", "network", "email", "hardware", "onboarding", "security", "backup", "vpn", "software"]

TITLES = """Printer on the second floor is offline|Cannot connect to the VPN from home|New user setup for Monday
Email is not being delivered|Laptop is very slow after the update|Password reset for the accounting system
Backup job failed on the file server|Outlook keeps crashing|Request for a second monitor|Shared drive is not available
Internet is down at the branch office|Phishing email reported|Server disk is almost full|Teams calls have no sound
License renewal is due|MFA prompt does not appear|Scanner does not send to email|Certificate expires next week""".replace("\n", "|").split("|")

SENTENCES = """Thanks for the quick help, it is working again now.|Please let us know if the problem comes back.
I have restarted the computer but the problem is still there.|We are looking into this and will get back to you shortly.
The user cannot log in since this morning.|Could you please send a screenshot of the error message?
I have reset the password and asked the user to try again.|This has been happening for about a week.
The vendor has been contacted and a ticket has been opened with them.|We will need access to the server to check the logs.
Remote session with the customer, checked the settings and updated the driver.|It is urgent, nobody in the office can work.
Replaced the cable and tested the connection.|Moved to the next maintenance window as agreed with the customer.
Is there any news on this? We have been waiting since yesterday.|The new laptop will arrive on Thursday.
Left a voicemail and asked for a call back.|Customer confirmed that everything is fine, closing this ticket.
Escalated to the second level because we do not have the permissions.|The backup ran without errors last night.
I will call you tomorrow at ten o'clock to fix it together.|The account was locked after too many failed attempts.
Please have a look as soon as possible.|Same issue on two other machines in that department.
Checked the firewall, there is no rule that would block it.|We installed the latest update and rebooted the server.
She does not have access to the shared mailbox any more.|Can you add my colleague to the distribution list?
Waiting for approval from the manager before we order the hardware.|My phone does not receive any mail since the change.
That did not help, the error message is still the same.|The license has expired and needs to be renewed by the customer.
As discussed on the phone, here are the details.|Time spent: 30 minutes, on site.|Internal note: bill this to the project.
The printer shows an error and does not print from any application.|Removed the old profile and created a new one.""".replace("\n", "|").split("|")

R = random.Random(1)


def new_id():
    return str(uuid.UUID(int=R.getrandbits(128), version=4))


def time():
    return "20%02d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (
        R.randint(24, 29), R.randint(1, 12), R.randint(1, 28), R.randint(6, 20), R.randint(0, 59), R.randint(0, 59),
        R.randint(0, 999))


def maybe(value, chance=0.5):
    return value if R.random() < chance else None


def email(name):
    first, last = name.lower().split(" ", 1)
    return R.choice([f"{first}.{last}", first, first[0] + last]) + "@" + R.choice(["example.com", "company.com"])


def comment():
    text = " ".join(R.sample(SENTENCES, R.randint(1, 4)))
    if R.random() < 0.25:
        text = json.dumps([{"type": "paragraph", "props": {"textColor": "default", "backgroundColor": "default",
                            "textAlignment": "left"}, "content": [{"type": "text", "text": text, "styles": {}}]}],
                          separators=(",", ":"))
    return {"text": text, "author": R.choice(NAMES), "timestamp": time(), "is_internal": R.random() < 0.3}


def ticket(action):
    ticket_id, contact, closed = new_id(), R.choice(NAMES), action == "closed"
    data = {
        "ticket_id": ticket_id, "ticket_number": R.choice(["TIC", "T-", ""]) + str(R.randint(1000, 99999)),
        "title": R.choice(TITLES), "status_id": new_id(), "status_name": "Closed" if closed else R.choice(STATUSES),
        "priority_id": new_id(), "priority_name": R.choice(PRIORITIES), "client_id": new_id(),
        "client_name": R.choice(CLIENTS), "contact_name_id": new_id(), "contact_name": contact,
        "contact_email": email(contact), "assigned_to": maybe(new_id(), 0.8), "assigned_to_name": R.choice(NAMES),
        "assigned_team_id": maybe(new_id(), 0.2), "board_id": new_id(), "board_name": R.choice(BOARDS),
        "category_id": maybe(new_id()), "subcategory_id": maybe(new_id(), 0.3), "is_closed": closed,
        "entered_at": time(), "updated_at": time(), "closed_at": time() if closed else None,
        "due_date": maybe(time(), 0.4), "tags": R.sample(TAGS, R.randint(0, 3)),
        "url": "https://algapsa.com/msp/tickets/" + ticket_id, "suppress_contact_notifications": False,
        "suppress_internal_notifications": False,
    }
    if action == "status_changed":
        data |= {"previous_status_id": new_id(), "previous_status_name": R.choice(STATUSES)}
    if action == "updated":
        data["changes"] = {
            field: {"previous": maybe(value(), 0.8), "new": value()}
            for field, value in R.sample([("priority_id", new_id), ("assigned_to", new_id), ("due_date", time),
                                          ("title", lambda: R.choice(TITLES)), ("updated_at", time),
                                          ("category_id", new_id), ("status_id", new_id)], R.randint(1, 3))}
    comments = [comment() for _ in range(R.choice([0, 0, 1, 2, 3]))]
    if action == "comment.added":
        comments.append(comment())
        data["comment"] = comments[-1]
    if R.random() < 0.7:
        data["comments"] = comments
    return data


def task(action):
    data = {
        "project_id": new_id(), "task_id": new_id(), "project_name": R.choice(TITLES), "client_id": new_id(),
        "client_name": R.choice(CLIENTS), "phase_id": new_id(), "phase_name": R.choice(["Planning", "Rollout", "Review"]),
        "task_name": R.choice(TITLES), "description": R.choice(SENTENCES), "status_id": new_id(),
        "status_name": R.choice(["To Do", "In Progress", "Done"]), "is_closed": action == "completed",
        "assigned_to": new_id(), "assigned_to_name": R.choice(NAMES), "estimated_hours": R.randint(1, 40),
        "actual_hours": maybe(R.randint(1, 40)), "due_date": maybe(time()), "priority_id": new_id(),
        "priority_name": R.choice(PRIORITIES), "wbs_code": f"{R.randint(1, 9)}.{R.randint(1, 9)}",
        "url": "https://algapsa.com/msp/projects/" + new_id(), "tags": R.sample(TAGS, R.randint(0, 2)),
    }
    if action == "status_changed":
        data |= {"previous_status_id": new_id(), "previous_status_name": "To Do"}
    return data


def project(_action):
    contact = R.choice(NAMES)
    return {
        "project_id": new_id(), "project_name": R.choice(TITLES), "wbs_code": str(R.randint(1, 99)),
        "description": R.choice(SENTENCES), "status_id": new_id(), "status_name": R.choice(STATUSES), "is_closed": False,
        "client_id": new_id(), "client_name": R.choice(CLIENTS), "contact_name_id": new_id(), "contact_name": contact,
        "contact_email": email(contact), "assigned_to": new_id(), "assigned_to_name": R.choice(NAMES),
        "start_date": time(), "end_date": time(), "budgeted_hours": R.randint(10, 200),
        "url": "https://algapsa.com/msp/projects/" + new_id(),
    }


def event():
    subject, shape, actions = R.choices([
        ("ticket", ticket, ["created", "updated", "status_changed", "assigned", "closed", "comment.added"]),
        ("project.task", task, ["created", "updated", "status_changed", "assigned", "completed"]),
        ("project", project, ["created", "updated", "status_changed", "assigned", "closed", "completed"]),
    ], weights=[8, 1, 1])[0]
    action = R.choice(actions)
    envelope = {"event_id": new_id(), "event_type": f"{subject}.{action}", "occurred_at": time(),
                "tenant_id": new_id(), "data": shape(action)}
    return json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()


def main(version):
    samples = [event() for _ in range(SAMPLES)]
    # Dictionary ids from 32,768 to 2^31 are free for private use.
    trained = zstandard.train_dictionary(SIZE, samples, dict_id=32_768 + version, level=LEVEL)
    sys.stdout.buffer.write(trained.as_bytes())


main(int(sys.argv[1]))
