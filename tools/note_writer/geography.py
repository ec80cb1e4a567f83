"""Places and institutions of many lands: how addresses are written where, and what houses of all kinds are called.

address(rng)        "Lot 4 Wirrimbah Track, Corriedale QLD 4899"
house(rng)          "The Rowans", "Abelard Street Midwives", "Convent of the Holy Lamp"
"""

import random

from note_writer.people import _syllables, family_name, given_name
from note_writer.several import several

_THINGS = several(
    "Larch|Rowan|Beech|Willow|Birch|Aspen|Laurel|Hawthorn|Heron|Falcon|Otter|Badger|Kestrel|Lantern|Anchor|Harbour|"
    "Harbor|Lighthouse|Millstone|Copper|Silver|Golden|Crystal|Blue|Red|Green|White|Stone|Iron|Bridge|Meadow|Prairie|"
    "Canyon|Mesa|Summit|Valley|Orchard|Vineyard|Coral|Pacific|Atlantic|Northern|Southern|Western|Coastal|Highland|"
    "Bayside|Riverbend|Hilltop|Seaview|Fairview|Clearwater|Whitewater|Three Rivers|Twin Pines|Four Corners|Casa Linda|"
    "Tres Rios|Santa Rosa|Buena Vista|Mont Clair|Belle Vue|Dal Riata|Two Hearts|Long Acre|Old Mill|Kings|Queens|Royal",
    mark="|",
)
_SORTS = several(
    "Imaging|Dental|Dental Care|Dentistry|Retirement Living|Assisted Living|Senior Living|Care Home|Nursing Home|"
    "Transplant|Genetics|Regional Genetics|Women's|Children's|Eye Care|Optometry|Physio|Physiotherapy|Osteopathy|"
    "Midwives|Birth Centre|Dialysis|Renal|Hospice|Recovery|Wellness|Behavioral Health|Counselling|Pediatrics|"
    "Family Medicine|Family Practice|Surgery|Medical Practice|Health Centre|Walk-in|Urgent Care|Veterinary|Vets|"
    "Institution|Correctional|Detention Centre|Barracks|Base|Kitchen|Chicken|Grill|Pizza|Noodle House|Bakehouse|"
    "Parquet|Flooring|Roofing|Joinery|Timber|Haulage|Couriers|Coaches|Buses|Taxis|Freight|Shipping|Boats|Marina|"
    "Fisheries|Cannery|Dairy|Abattoir|Orchards|Nursery|Stables|Rink|Leisure Centre|Bowls Club|Rugby Club|RFC|FC|"
    "Rovers|United|Pool|Gym|Primary|Primary School|Academy|Kura|Secondary|Grammar|Montessori|Playgroup|Daycare|"
    "Homes|House|Lodge|Court|Hall|Towers|Gardens|Villas|Trust|Foundation|Mission|Fellowship|Chapel|Assembly|Gurdwara|"
    "Mandir|Marae|Laundry|Linen|Supply|Hardware|Tools|Print|Studios|Radio|Cinema|Hotel|Motel|Inn|Arms|Tavern|Foods|"
    "Concrete|Colliery|Quarry|Sawmill|Barber Lounge|Barbers|Salon|Spa|Med Scheme|Medical Scheme|Health Fund|"
    "Insurance|Co-op|Depot|Stores|Market|Greengrocer|Butchers|Florist|Garage|Autos|Engineering|Shipfitters|Fabrication|"
    "Electrical|Security|Cleaning|Catering|Events|Solutions|Systems|Partners|Legal|Solicitors",
    mark="|",
)
_WAYS = several(
    "Street|St|Road|Rd|Lane|Ln|Cres|Crescent|Close|Way|Track|Terrace|Tce|Parade|Pde|Quay|Wharf|Mews|Row|Drive|Dr|"
    "Avenue|Ave|Gardens|Grove|Place|Pl|Rise|Brae|Wynd|Vennel|Loan|Loop|Trail|Highway|Hwy|Court|Ct|Esplanade|Cross|"
    "Nagar|Marg|Main|Layout|Colony|Strasse|Straat|laan|Str|Arcade|Approach|Walk|Square|Hill|Green|Side|Bend|Cove",
    mark="|",
)
_LANDS = several(
    "NSW|QLD|VIC|TAS|SA|WA|NT|ACT|ON|QC|BC|AB|MB|SK|NS|NB|NL|PE|Co. Cork|Co. Mayo|Fife|Kent|Surrey|Devon", mark="|"
)
_PARTS = several(
    " Flat| Bay| Hill| Creek| Ridge| Point| End| Camp| Gully| Heights| Vale| West| East| Wash| Gap| Springs| Park|"
    " Ext 3| Phase 2| Cross|fontein|vlei|dorp|burg|kloof|stad|bury|combe|thorpe|wick|ness|wold|hampton|minster|pur|"
    "abad|nagar|palli|garh|ganj|iki|rua|whenua|vatu|toka|oka|ito|ura|ville|mont|court|sur-Mer|-le-Bois|heim|dorf|bach|"
    "egem|hoven|sund|vik|holm|by|ovo|ice|owo|any|ica|illo|ejo|ales|uaçu|mirim",
    mark="|",
)

_ORDERS = ("Convent", "Hospital", "Church", "School", "Hospice", "Order", "Sisters", "House", "College")


def town(rng: random.Random) -> str:
    """A town, suburb or hamlet that only sounds so."""
    base = rng.choice((family_name(rng).split()[-1], _syllables(rng, rng.randint(1, 3)), rng.choice(_THINGS)))
    name = (base[:1].upper() + base[1:] + rng.choice(("", *_PARTS))).strip()
    if rng.random() < 0.25:
        name = rng.choice(("Top ", "Low ", "Upper ", "Nether ", "Great ", "Little ", "Old ", "Mount ", "Kings ")) + name
    return name


def road(rng: random.Random) -> str:
    """A street without a house."""
    if rng.random() < 0.08:
        return f"{rng.choice(('Hwy', 'Highway', 'Route', 'Rte', 'State Road', 'County Rd'))} {rng.randint(1, 600)}"
    if rng.random() < 0.08:
        return f"{rng.choice(('Rue des', 'Rue du', 'Via', 'Calle', 'Avenida', 'Rua'))} {town(rng)}"
    name = rng.choice(
        (family_name(rng), rng.choice(_THINGS), town(rng), "Station", "Water", "Church", "School", "Market")
    )
    return f"{name} {rng.choice(_WAYS)}"


def address(rng: random.Random) -> str:
    """A house with its street, mostly with its town and code."""
    n = rng.randint(1, 440)
    way = road(rng)
    start = rng.choice(
        (
            f"{n} {way}", f"{n} {way}", f"{n}{rng.choice('ABC')} {way}", f"{rng.randint(1, 30)}/{n} {way}",
            f"Unit {rng.randint(1, 40)}, {n} {way}", f"Unit {rng.randint(1, 20)}, {way}", f"Flat {n % 20 + 1}, {n} "
            f"{way}",
            f"Flat {n % 9}F{n % 4}, {n} {way}", f"Lot {n} {way}", f"Shop {n % 30 + 1}, {way}", f"House {n}, "
            f"{town(rng)}",
            f"No. {n}, {way}", f"No. {n % 30}/{n}, {way}", f"Suite {n}, {n} {way}", f"Private Bag X{n}", f"PO Box {n}",
            f"{way} milepost {n}", f"{way} mile {n % 40}", f"{rng.randint(1, 9)} {town(rng)}", f"Opp. {town(rng)} "
            f"Temple, {way}",
            f"The {rng.choice(_THINGS)}s, {way}", f"RR {n % 9 + 1}, {way}", f"Plot {n}, {way}", f"{way} {n}",
        )
    )  # fmt: skip
    r = rng.random()
    if r < 0.25:
        return start
    end = rng.choice(
        (
            f"{town(rng)} {rng.choice(_LANDS)} {rng.randint(1000, 9999)}", f"{town(rng)}, {rng.randint(1000, 9999)}",
            f"{town(rng)} {rng.randint(1000, 9999)}", f"{town(rng)}, {rng.choice(_LANDS)}", town(rng), town(rng),
            f"{town(rng)} {rng.randint(100, 999)} {rng.randint(100, 999)}", f"{rng.randint(10000, 99999)} {town(rng)}",
            f"{town(rng)} {rng.choice('BCEGLMNS')}{rng.randint(1, 30)} "
            f"{rng.randint(1, 9)}{rng.choice('ABDEFGHJ')}{rng.choice('LNPQRS')}",
            f"{town(rng)}, {rng.choice(_LANDS)} {rng.choice('BEKLMV')}{rng.randint(0, 9)}{rng.choice('ABEHN')} "
            f"0X{rng.randint(0, 9)}",
        )
    )  # fmt: skip
    return f"{start}, {end}"


def house(rng: random.Random) -> str:
    """An institution, business, school or home by name."""
    name = rng.choice(
        (rng.choice(_THINGS), family_name(rng), town(rng), f"{rng.choice(_THINGS)} {rng.choice(_THINGS)}")
    )
    r = rng.random()
    sort = rng.choice(_SORTS)
    if r < 0.07:
        return f"The {rng.choice(_THINGS)}{rng.choice(('s', 'es', ' House', ''))}"
    if r < 0.12:
        return f"The {rng.choice(('Royal', 'Queen’s', 'Prince', 'Old'))} {name}"
    if r < 0.18:
        what = rng.choice(("Holy Thorn", "Good Hope", "Sorrows", "Light", "Little Flowers", "Travellers", "Mercy"))
        return f"{rng.choice(_ORDERS)} {rng.choice(('of the', 'of', 'for'))} {what}"
    if r < 0.21:
        return f"{name} {rng.choice(('&', 'and'))} {rng.choice((rng.choice(_THINGS), family_name(rng), 'Beyond'))}"
    owner = road(rng) if r < 0.26 else f"{given_name(rng, rng.choice('FM'))}'s" if r < 0.32 else name
    return owner if owner.endswith("'s") and rng.random() < 0.4 else f"{owner} {sort}"
