"""Make the requests of a made-up internet provider's customers, and the category that a person gave each of them.

    python3.11 make_data.py [FOLDER]

writes tickets.csv (TICKET_ID, RECEIVED, CHANNEL, REQUEST, CATEGORY) beside this script, or into FOLDER. All of it is
invented. The generator is seeded: the same script gives the same bytes every time. Requests differ as real ones do:
some are three words and some a paragraph, some greet and some shout, some have typing mistakes, some speak of two
things. A few are not labelled yet; those are not trained on.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

SEED = 20260801
ROWS = 480
UNLABELLED_ONE_IN = 24
CHANNELS = ("email", "email", "chat", "form")
HERE = Path(__file__).parent

# For each category: what is said, with places for details.
MATTERS = {
    "billing": (
        "my bill for {month} is {amount} higher than usual",
        "I was charged twice for {month}",
        "there is a fee of {amount} on the invoice that nobody can explain to me",
        "the direct debit of {amount} came although I had paid by card",
        "can I get the invoice for {month} once more, the link does not open",
        "you still charge me for the {device} that I sent back in {month}",
        "the discount that {person} promised me is not on the bill",
    ),
    "outage": (
        "no connection since {time}",
        "the internet is down again in {street}",
        "everything went dead at {time} and the light on the {device} blinks red",
        "telephone and internet do not work, my neighbours in {street} have the same",
        "since the storm on {day} there is no signal at all",
        "it drops every evening around {time} and comes back an hour later",
        "line is dead, third time since {month}",
    ),
    "slow_connection": (
        "I pay for {speed} and measure a tenth of that",
        "videos stop to load every few seconds since {day}",
        "the connection is terribly slow after {time}",
        "upload is so slow that my calls freeze",
        "with the cable I get {speed}, over the air next to nothing",
        "downloads have been crawling since {month}, a restart of the {device} changes nothing",
        "games lag, the ping is ten times what it was in {month}",
    ),
    "moving_house": (
        "we move to {street} on {day} and want to take the contract along",
        "is there fibre in {street}, we move there in {month}",
        "please transfer my line to the new address, {street}",
        "moving in {month}: what do I do with the {device}",
        "the technician came to the old address although I told {person} that we moved to {street}",
        "new flat from {day}, when can somebody connect it",
    ),
    "cancellation": (
        "I want to end my contract at the end of {month}",
        "please confirm that I am out of the contract by {day}",
        "I cancelled in {month} and still get invoices from you",
        "another provider offers {speed} for {amount} less, so I am leaving",
        "how do I get out of this contract early",
        "my mother has died, her line in {street} is not needed any more",
        "cancel everything",
    ),
    "equipment": (
        "the {device} you sent does not turn on",
        "my {device} gets so hot that I can hardly touch it",
        "which {device} do I need for {speed}",
        "the power cable of the {device} is missing in the parcel",
        "the {device} restarts by itself every night at {time}",
        "where do I send the old {device} back to",
        "how do I change the name of the wireless network on the {device}",
    ),
    "appointment": (
        "nobody came on {day} although I waited from eight to {time}",
        "can we move the visit of the technician from {day} to the week after",
        "I need an appointment after {time}, I work all day",
        "when does the technician come, {person} said on {day}",
        "please cancel the visit on {day}, it works again",
        "your technician called at {time} and said that he cannot find {street}",
    ),
    "account": (
        "I cannot log in, the mail with the new password never comes",
        "please change my name, I got married on {day}",
        "the app says that my customer number does not exist",
        "how do I give my flatmate access to the account",
        "my mail address has changed, please use the new one for everything",
        "I am locked out since {day} after three wrong passwords",
        "delete my old bank account, I gave {person} the new one in {month}",
    ),
}
DETAILS = {
    "month": ("January", "February", "March", "April", "May", "June", "July", "last month"),
    "amount": ("4.99", "12 euros", "19.90", "35 euros", "80 euros", "9.95"),
    "device": ("router", "modem", "receiver", "repeater", "new router"),
    "person": ("your colleague", "the lady on the phone", "Mr Okafor", "the shop in town", "somebody in the chat"),
    "time": ("7 am", "nine", "half past four", "18:00", "8 pm", "midnight"),
    "street": ("Mill Lane", "Harbour Street 12", "the old town", "Birch Road 3b", "Station Road"),
    "day": ("Monday", "Friday", "the 3rd", "the 14th", "Saturday", "yesterday", "the 1st"),
    "speed": ("50 Mbit", "100 Mbit", "250 Mbit", "a gigabit"),
}
OPENINGS = ("", "", "", "Hello, ", "Hi, ", "Good morning, ", "Dear team, ", "To whom it may concern: ", "Hey, ")
BACKGROUNDS = (
    "I have been a customer for {years} years and never had a reason to complain.",
    "I have called three times and was told something else each time.",
    "We both work from home and depend on it.",
    "I have already restarted everything, twice, as your page says.",
    "My customer number is {number}.",
    "This is the second time that I write about it.",
    "I am writing for my parents, who are not good with computers.",
    "Nobody answers the phone.",
)
CLOSINGS = (
    "",
    "",
    "",
    "Thanks.",
    "Thank you for your help!",
    "Please hurry.",
    "Regards, {name}",
    "I expect an answer today.",
)
NAMES = ("A. Brandt", "Chidi", "M. Ferreira", "Ingrid Solberg", "J. Novak", "Priya", "Tomas")


def write_request(chance: random.Random, category: str) -> str:
    """Write one request of a category as somebody might."""
    matter = _fill(chance, chance.choice(MATTERS[category]))
    if chance.random() < 0.12:  # a second thing, said in passing: the first is what it is about
        other = chance.choice([name for name in MATTERS if name != category])
        matter += f", and by the way {_fill(chance, chance.choice(MATTERS[other]))}"
    sentences = [
        chance.choice(OPENINGS) + matter + chance.choice((".", ".", "!", "?!" if chance.random() < 0.3 else "."))
    ]
    sentences += [_fill(chance, text) for text in chance.sample(BACKGROUNDS, chance.choice((0, 0, 1, 1, 2, 3)))]
    sentences.append(_fill(chance, chance.choice(CLOSINGS)))
    text = " ".join(sentence for sentence in sentences if sentence)
    return _disturb(chance, text[:1].upper() + text[1:])


def _fill(chance: random.Random, text: str) -> str:
    details = {name: chance.choice(choices) for name, choices in DETAILS.items()}
    years, number = chance.randint(2, 20), chance.randint(100_000, 999_999)
    return text.format(**details, years=years, number=number, name=chance.choice(NAMES))


def _disturb(chance: random.Random, text: str) -> str:
    """Write as some people do: all small, all capitals, or with two letters exchanged."""
    kind = chance.random()
    if kind < 0.12:
        return text.lower().rstrip(".")
    if kind < 0.15:
        return text.upper()
    if kind < 0.3:
        place = chance.randrange(1, len(text) - 2)
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text


def make_rows() -> list[tuple[str, ...]]:
    """Make the rows: each request once, categories in turn, some without."""
    chance = random.Random(SEED)  # noqa: S311 - the same requests each time, no secrets
    rows: list[tuple[str, ...]] = []
    seen: set[str] = set()
    categories = list(MATTERS)
    while len(rows) < ROWS:
        category = categories[len(rows) % len(categories)]
        request = write_request(chance, category)
        if request in seen:
            continue
        seen.add(request)
        number = len(rows) + 1
        received = f"2026-{6 + number // 200:02}-{1 + number % 28:02}"
        label = "" if number % UNLABELLED_ONE_IN == 0 else category
        rows.append((str(10_000 + number), received, chance.choice(CHANNELS), request, label))
    return rows


def main(folder: Path) -> None:
    """Write the table into a folder."""
    rows = make_rows()
    with (folder / "tickets.csv").open("w", encoding="utf-8", newline="") as file:
        header = ("TICKET_ID", "RECEIVED", "CHANNEL", "REQUEST", "CATEGORY")
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    print(f"{len(rows)} requests, {sum(not row[-1] for row in rows)} of them without a category")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
