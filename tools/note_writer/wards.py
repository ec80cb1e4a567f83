"""Sentences as they are written on wards and in homes of many lands: jotted, dictated, mailed, handed over."""

WARDS = """
{gn} is {age} and lives w/ {gn} in {city}.
{gn} ({age}) came with {gn}, who waited outside.
{gn}, {age}, prefers "{gn}".
{gn} {sn} {age}{sexm} from {city}, k/c/o {dx}.
s/o {nm}, r/o {street}, {city}
w/o {nm}, resident of {city}, referred by {doc}
Shri {nm}, {age}/M, UHID {num}, ph {phone}
Smt. {nm} accompanied by {rel} {gn}
Mum says {gn} is not sleeping. {gn} gave {drug} at {time}.
Mum ({gn}) and nan ({gn}) both present.
{rel} says {gn} wants to go home to {city}.
FOB {gn} at {hosp}, not involved.
Foster carer {nm}, social worker {nm} ({org}).
Contact with {gn} supervised at {org} on {date}.
Attends {org}; teacher {nm} reports {sx}.
School nurse {gn} from {org} rang.
Works nights at {org}, manager {gn} aware.
{She} was made redundant by {org} in {date}.
Works for {org} as a {job}. Colleague {gn} drove {her} in.
{She} is off to {city} with {gn} on {date}.
Flew in from {city} {date}, staying with {rel} {gn} in {city}.
Married to {gn}, three kids: {gn}, {gn} and {gn}.
Kids {gn} & {gn} at home. Dog {gn}.
Best friend {gn} found {her} at {time}.
Neighbour {gn} has a key. Cleaner {gn} comes weekly.
HCA {gn} reported {sx}. SN {gn} informed.
Seen w/ {gn} (med student) and reg {sn}.
Cons: {sn}. Reg: {sn}. SHO: {sn}/{sn}.
Handed over to night team ({sn}, {sn}).
Crew {gn} and {gn} from {city} station handed over at {time}.
Bleeped {sn} @ {time} - will r/v.
D/w {sn} (micro): {drug}.
d/w {gn} in pharmacy re {drug}.
Line by {gn} {date}. {eponym} position checked.
Anaesthetist {sn}, ODP {gn}, scrub {gn}.
Operated by {sn} assisted by {sn}; counts by {gn}.
Specimen to {org}; slides reviewed w/ {sn}.
Discussed at MDT {date} with {sn}, {sn} and {gn}.
Accepted by {sn} at {hosp}, bed {room}, per {gn} in bed flow.
PT FROM {city} VIA {hosp}. ACCEPTING {doc}. {rel} {gn} EN ROUTE.
TRANSFERRED TO {hosp} PER {gn}, UNIT {num}
Hi {gn}, can you chase the {lab} for {nm}? Ta, {gn}
Hi both, {gn} called from {phone}. Thx {gn}
Morning {gn}, saw {sn} today, {lab}. Best, {gn}
From: {nm} To: {nm} Cc: {gn}; {sn}
Thanks {gn}! {gn}
Dear {gn}, thank you for asking me to see this pleasant {job}.
I saw {gn} and {her} {rel} {gn} in {city} on {date}.
Yours sincerely\\n{nm}\\nSecretary: {gn} {phone}
Typed by {gn} on {date} for {doc}
CC: {doc}, {org}; {nm}; {hosp} records
Minister {nm} of {org} anoints at {time}.
Chaplain {gn} prayed with {gn}.
Undertaker {org}, contact {gn} {phone}.
Death reported by {gn}. RIP {gn}.
Wishes: {gn} to hold NOK details, {org} for funeral.
{gn} died of {dx} in {hosp} in {date}.
Aunt {gn} {dx} at {age}, uncle {gn} well, lives {city}.
Sister {gn} (III-{n}) carries the variant; brother {gn} does not.
Proband {nm}, referred by {org}.
Trainer {gn} at {org} saw {her} fall.
Fell off {gn}'s bike in {city}.
Bitten by {rel}'s dog in {city}.
Ate at {org} in {city} {date} then {sx}.
Shops at {org}. Pharmacy {org}, {road}.
Lives at {org}, room {room}. Manager {gn}, {phone}.
Moved from {city} to {city} to be near {gn}.
Born in {city}, came here {date}.
Grew up near {city} with {gn} and {gn}.
{sn}, {gn} - {dx} - {doc} - {room}
{room} {sn} {dx}, {drug}, {rel} {gn} visiting
{room}: {gn} refused {drug}. {ini}
{time} {gn} settled. {lini}
{gn} remains low. {gn} tearful re {gn}.
{gn} disclosed that {gn} hit {her}. Police ref {num}, {gn} attending.
Court {date}. Probation officer {nm}, {org}.
{gn}'s mood better since {gn} moved in.
{gn} and {gn} argued; {gn} left for {city}.
"{gn}" is what {she} goes by.
aka {gn}. Formerly {sn}.
Given name {gn}, family name {sn}, known as {gn}.
Student {nm}, year {n}, {org}
Employer form for {nm} c/o {org}, {street}, {city}
{nm}\\n{street}\\n{city}
{nm}, {org}, {city}
Next appt {date} w/ {sn}, {hosp}.
r/v {date} {sn}
""".strip().split("\n")

THINGS = """
Given {drug} with good effect. {Drug} held.
{eponym} sign negative. {eponym} test equivocal. {eponym} score {n}.
Syringe driver {drug}. {Word} chart up to date.
{acr} referral made. {acr} forms in {word} folder.
{Word} feeds, {Drug} pudding, {word} mat in place.
Waterlow {n}, MUST {n}, Braden 1{n}, Barthel {n}.
{Drug} cream to {organ}. {Word} dressing intact.
GCS {n}, pupils 3+. {acr} {n}. {lab}.
PLAN: {acr}, {word}, {word}. {Word} {word}.
Wt {n}0 kg. Ht 1{n}0 cm. BMI 2{n}.
Needs {word} and {word}; {Word} to review.
{Eponym} disease. {Eponym} classification {n}. {Eponym} {word}.
{eponym} procedure with {eponym} retractor. {acr} drain x{n}.
Portal message read. Voicemail full. Interpreter line used.
{Word} Trust policy {word}. {Word} bundle done.
""".strip().split("\n")
