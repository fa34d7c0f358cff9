"""A hundred thousand deals, drawn from the sample's own, as a file to import."""

import csv
import io
import random
from importlib.resources import files


def many_deals(count: int, seed: int = 20170101) -> bytes:
    """A CSV in the sample's columns: its deals drawn again, under new ids.

    Owners, products, customers, stages and amounts keep the sample's skew.
    """
    text = (files("tianlong.samples") / "crm" / "sales_pipeline.csv").read_text(encoding="utf-8")
    known = list(csv.DictReader(text.splitlines()))
    drawn = random.Random(seed)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(known[0]))
    writer.writeheader()
    for number in range(count):
        writer.writerow({**drawn.choice(known), "opportunity_id": f"MANY{number:07}"})
    return out.getvalue().encode()
