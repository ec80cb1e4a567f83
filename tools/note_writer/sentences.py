"""Sentences of notes, with slots: who, when, where, and what is the matter."""

from note_writer.several import several

NAMED = """
{pt} is a {age} year old {sex} with a history of {dx}, {dx} and {dx} who presents with {sx} and {sx}.
{pt} is a {age}yo {sexm} w/ {dx} admitted on {date} for {sx}.
{pt} was seen today in clinic by {doc} for follow up of {dx}.
{pt} was brought in by {kin} from {city} with {sx}.
{pt} was transferred from {hosp} on {date} for {proc}.
{pt} denies {sx}, {sx} or {sx}.
{pt} reports {sx} since {date}.
{pt} reports that {her} {kin} noticed {sx} last night.
{pt} lives with {her} {kin} in {city}.
{pt} lives alone at {street}, {city}, {st}. {She} works as a {job} at {org}.
{pt} is a retired {job} who worked for {org} for 30 years.
{pt} tolerated the procedure well.
{pt} will follow up with {doc} on {date}.
{pt} to see {doc} in 2 weeks.
{pt} was discharged to {hosp} on {date} in stable condition.
{pt} was started on {drug} and {drug}.
{pt} has been taking {drug} since {date}.
{pt} may need {proc} if symptoms persist.
{pt} stated "{say}"
{pt} was found by {her} neighbor {gn} on the floor.
{pt} underwent {proc} with {doc} at {hosp} in {date}.
{pt} was counseled on {dx}. {gn} verbalized understanding.
{pt}'s {kin} called to ask about {lab}.
{pt} and {her} {kin} agree with the plan.
{pt} goes by {gn}.
{pt} prefers to be called {gn}.
{pt} attends {org} and enjoys reading.
{pt} is a student at {org}.
{pt} is followed by {doc} for {dx} and {doc} for {dx}.
Discussed with {doc} who agrees with {proc}.
Discussed with {kin} at bedside.
D/w {doc}, will start {drug}.
Case discussed with {doc} and {doc}.
Spoke with {kin} at {phone}.
Spoke with {nm} from {org} regarding transport.
Spoke to {gn} at {hosp}, fax {phone}.
Called {kin}, no answer, left voicemail at {phone}.
{kin2} called from {phone}, {gn} is worried about {sx}.
{kin2} is the health care proxy, phone {phone}.
{kin2} at bedside and updated on plan of care.
{kin2} states {she} has had {sx} for 3 days.
{kin2} died of {dx} at age 67.
{kin2} has {dx}; {kin2} is healthy.
Family history: {kin2} with {dx}.
{Her} {kin} will pick {gn} up tomorrow.
{Her} {kin} brought {her} medications in a bag.
Emergency contact: {nm} ({rel}) {phone}.
Next of kin is {nm}, {rel}, {phone}.
HCP: {nm} ({phone})
{doc} was notified at {time}.
{doc} at bedside to evaluate patient.
{doc} aware. No new orders.
{doc} recommends {proc} and {drug}.
{doc} performed {proc} on {date} without complications.
{doc} from cardiology was consulted.
{doc}, thank you for referring {pt} to our clinic.
Thank you, {doc}, for allowing us to participate in the care of {pt}.
Dear {doc}, I had the pleasure of seeing {pt} on {date}.
I saw and examined {pt} with {doc} and agree with the findings.
I, {nm}, have reviewed the chart.
Seen and examined with {doc}.
Seen by {nm}, {degree} on {date}.
Assisted by {nm}, {degree}.
Report given to {gn}, RN.
Report received from {nm} at {time}.
Handoff to {gn} {degree} at {time}.
Nurse {gn} at bedside.
RN {gn} notified of {lab}.
PT {gn} worked with patient today, ambulated 50 feet.
Social worker {nm} met with family.
SW {nm} following for placement at {hosp}.
Case manager {gn} arranging home services with {org}.
Interpreter {nm} used for this encounter, ID {num}.
Chaplain {nm} from {org} visited.
Pharmacist {gn} reviewed {drug}.
PCP is {doc} in {city}.
PCP: {doc}
Pt's cardiologist is {doc} ({phone}).
Oncologist {doc} at {hosp} was called.
Per {doc}, hold {drug}.
Per {gn}, pt refused {drug}.
Per {kin}, patient was in usual state of health until {date}.
As per {nm} at {hosp}, {proc} was done on {date}.
Plan reviewed with {pt}, {kin} and {doc}.
Will contact {doc}'s office for records.
{doc}'s note from {date} reviewed.
Old records from {hosp} reviewed.
Born in {city}, moved to {city} in {date}.
Grew up in {city}. Married to {gn} for 40 years, two children, {gn} and {gn}.
Has three kids: {gn}, {gn}, and {gn}.
Daughter {gn} lives in {city}, son {gn} lives nearby.
Dog named {gn}.
Works at {org}.
Employed at {org} as a {job}.
Attends church at {org}.
Was driving on {road} near {city} when car was struck.
Was picked up by EMS at {street}.
Home address {street}, {city}, {st} {zip}.
Wife {gn} is a nurse at {hosp}.
Witnessed by {nm}.
Baby {pl} was born at 38 weeks to {nm}.
Baby girl {pl} doing well, nursing.
Mother of baby: {nm}. Father {gn} present.
Twins {gn} and {gn} both healthy.
Surgeon: {doc} Assistant: {nm}, {degree}
Operative consent obtained from {pt} by {doc}.
Radiology resident {nm} called results to {doc} at {time} on {date}.
Findings were communicated to {doc} by {doc} at {time}.
Critical value called to {gn} RN by {gn} in lab at {time}.
Slides reviewed with {doc} who concurs.
Specimen received labeled "{rev}" and designated "{proc}".
The specimen is received in formalin labeled with the patient's name, {nm}, and "{organ}".
{rev}, MRN {num}, seen in room {room}.
{sn} seen this am, doing well.
{sn} here for refill of {drug}.
{sn}, {gn} admitted to {room}.
Rounded with {sn} and {sn}.
Will d/w {sn} in am.
Signed out to {sn}.
Paged {sn} x2, awaiting call back.
{sn} to do {proc} tomorrow.
ask {gn} about {drug} refill
pls call {gn} re: {lab}
{gn} says hi and thanks for the help with {pt}
Hi {gn}, can you see {pt} on {date}? She has {sx}. Thanks, {gn}
{gn} - please schedule {proc} with {doc} asap. {gn}
Thanks {gn}. I will call {pl} today.
cc: {nm}; {nm}
{nm} (patient) called c/o {sx}.
Caller: {nm} ({rel} of patient)
Message for {doc}: {pt} needs refill of {drug}, pharmacy {org} {phone}
Officer {sn} of {city} PD present.
Lawyer {nm} requested records.
Patient's roommate {gn} reports {sx}.
Patient's wife, {gn}, is concerned about {sx}.
Her husband {gn} passed away in {date}.
His partner ({gn}) was diagnosed with {dx}.
{gn} is tearful today. {gn} denies suicidal ideation.
{gn} is able to ambulate with a walker.
{gn} and {gn} visited this afternoon.
{gn} ate 50% of lunch.
{gn} {pl} is a delightful {age} year-old {sex}.
I explained to {gn} that {she} has {dx}.
Ms. {pl} has {dx}. Ms. {pl} takes {drug}.
Mr. {pl} was intubated by Dr. {sn}.
We discussed {eponym} with {pt}.
{pt} has {eponym}; {doc} placed {eponym}.
{eponym} noted by {doc}.
Dr. {sn} noted {eponym}.
{drug} was given by {gn} at {time}.
Mrs. {pl} will start {drug} on {date}.
Appointments: {date} {time} {doc}, {hosp}
Return to see {nm}, {degree} in 3 months.
Pt accompanied by {nm} from {hosp} group home.
Vaccines given at {org} on {date}.
Last seen by {sn} on {date} for {dx}.
Previously followed at {hosp} by {doc}.
Referred by {doc} of {hosp}, {city}.
""".strip().split("\n")

PLAIN = """
{sx} and {sx} for the past {n} days.
No {sx}, {sx}, {sx}.
Denies {sx}, {sx}, or {sx}.
+{sx}, -{sx}
Vitals: {lab}, {lab}, {lab}, {lab}
Labs notable for {lab}, {lab}, and {lab}.
{lab} {lab} {lab} {lab}
{find}. {find}.
Exam: {find}, {find}, {find}
Continue {drug}. Start {drug}.
Continue {drug} and {drug}, monitor {lab}.
D/c {drug}.
Increase {drug}.
{drug}, {drug}, {drug}
Will obtain {proc}.
{proc} shows {find}.
{proc}: {find}.
Consider {proc} if no improvement in {n} days.
History of {dx} and {dx}.
PMH: {dx}, {dx}, {dx}, s/p {proc}
Past medical history is significant for {dx}, {dx}, and {eponym}.
{eponym} and {eponym} were considered.
History of {eponym}.
{eponym} negative. {eponym} absent.
{Eponym}
Positive {eponym}.
{eponym} placed without difficulty.
Family history of {eponym} in an aunt.
{code}
{code}.
Impression: {code}.
Evidence of {code} and {code}.
{Code}: {find}
Alert, awake and oriented. Ambulates with walker. Tolerating regular diet.
Patient resting comfortably in bed. Call light within reach. Bed in low position.
Pain controlled with {drug}.
Allergies: {drug} (rash), penicillin
NKDA
Allergies: NKDA. Code status: Full code.
Smokes {n} cigarettes per day. Drinks socially. No illicit drugs.
Lives alone. Retired. No pets.
Married with {n} children.
Patient education provided. Patient verbalized understanding and agrees with plan.
Follow up in {n} weeks. Return precautions given.
Return to the emergency department for worsening {sx} or {sx}.
Thank you for this interesting consultation.
We will continue to follow.
Time spent: {n} minutes.
Fall risk: high. Braden {n}. Morse Fall Scale {n}5.
IV access: 20g right forearm. {drug} infusing.
Wound care: Apply Mepilex to sacrum. Turn every 2 hours.
I/O: 1200/800. Foley draining clear yellow urine.
Diet: Cardiac. Activity: As tolerated.
The patient was prepped and draped in the usual sterile fashion.
General anesthesia was induced. A midline incision was made. Hemostasis was achieved with Bovie cautery.
Sponge and needle counts were correct.
The wound was closed with 3-0 Vicryl and 4-0 Monocryl.
The heart is normal in size. The lungs are clear. No pleural effusion.
Technique: Axial images were obtained from the skull base to the vertex without contrast.
Comparison: None available.
No acute fracture or dislocation.
The liver, spleen, pancreas and adrenal glands are unremarkable.
Sections show {code} with {find}.
The specimen consists of a {n} x {n} x 2 cm fragment of tan-pink tissue.
Immunohistochemistry: ER positive, PR positive, HER2 negative. Ki-67 {n}0%.
Bilateral lower extremity edema. Homans negative.
Will discuss at tumor board.
Patient will be seen by physical therapy, occupational therapy and speech therapy.
Hospitalist to follow. Cardiology consulted. Infectious Disease recommends {drug}.
Patient states "{say}"
Mood is "{say}". Affect congruent. Thought process linear. No SI or HI.
Growth and development appropriate for age. Immunizations up to date.
Breast feeding well. Voiding and stooling.
G2P1 at 39 weeks. Cervix 4 cm. FHR 140s, category I.
Review of systems otherwise negative.
All other systems reviewed and are negative.
Medicare Part D formulary reviewed. Spanish interpreter present.
Patient speaks Vietnamese and some English. Catholic.
African American {sex} in no distress.
Hispanic {sex} with {dx}.
Native American {sex}, {age} years old.
Monitor in ICU. Wean oxygen as tolerated. Keep NPO after midnight.
May shower. May resume normal diet. Will need long term antibiotics.
Hope for discharge tomorrow. Long discussion about goals. Brown discharge noted from wound.
Young, well nourished. Rose slowly from chair. Grace period discussed. Mark the site before surgery.
Bill for services. Will follow. Frank blood in stool. Skip lesions seen. Rich in iron. Miles walked: {n}.
March in place exercise given. Chase with water. Page me with questions. Grant funding reviewed.
Penny-sized lesion on the left hand. King size bed rails. Christmas tree pattern rash. Baker cyst behind knee.
Cook meals with less salt. Walker at bedside. Ward clerk notified. Stone passed overnight.
Stark difference in leg length.
Dr notified, no new orders. MD aware. RN at bedside. PCP will manage.
Doctor to see patient in the morning. Doctor aware. Nurse will call.
Sister has diabetes. Mother died of stroke. Father had MI at {n}5. Brother healthy.
Daughter present at bedside. Wife updated. Son will call back. Husband drives.
Patient's daughter reports {sx}. Mother states {sx}. Family denies {sx}.
Contact precautions. Droplet isolation. Neutropenic diet.
Chief complaint: {sx}.
Triage level {n}. Arrived by ambulance. Ambulatory to triage.
Pt c/o {sx} x{n} days, denies {sx}. {lab}, {lab}. No distress.
pt stable, no complaints, will monitor
pt resting in bed, vss, no c/o pain, call bell in reach
tolerated {drug} well, no adverse reaction noted
assessment unchanged from previous shift
reviewed meds with patient: {drug}, {drug}, {drug}
needs refill on {drug} please advise
""".strip().split("\n")

SAYINGS = several(
    "I feel better today|it hurts when I breathe|I just want to go home|my chest feels tight|I can't sleep|it "
    "comes and goes|I don't need any help|the pain is a ten|OK|I am fine|tired|"
    "I fell in the bathroom|nobody listens to me|it started yesterday|I ran out of my pills",
    mark="|",
)

FIELDS = """
Name: {rev}
Patient Name: {rev}
PATIENT: {nm}
Patient: {nm}
Pt: {rev}
NAME: {nm}
Patient name :  {nm}
Last Name: {pl}   First Name: {gn}
DOB: {date}
DOB:\\n{date}
Date of Birth: {date}
Birthdate: {date}  Age: {age}  Sex: {s}
MRN: {num}
MRN:\\n{num}
Medical Record #: {num}
MR No. {num}
Account #: {num}
Acct: {num}   Unit No: {num}
Encounter: {num}
Visit ID {num}
Accession: {num}
Accession No.: {num}
Case #: {num}
SSN: 123-45-6789
Insurance: Blue Cross  Policy: {num}  Group {num}
Medicare ID: {num}
Phone: {phone}
Home phone: {phone}   Cell: {phone}
Address: {street}, {city}, {st} {zip}
Address:\\n{street}\\n{city}, {st} {zip}
Facility: {hosp}
Hospital: {hosp}
Location: {hosp}, room {room}
Clinic: {hosp}
Pharmacy: {org} {phone}
Employer: {org}
School: {org}
Religion: Catholic   Parish: {org}
Admission Date: {date}   Discharge Date: {date}
Admit: {date}
Date of Service: {date}
DOS: {date}
Date: {date}   Time: {time}
Date of Procedure: {date}
Exam date: {date} {time}
Attending: {doc0}
Attending Physician: {doc0}
ATTENDING: {nm}, {degree}
Referring Physician: {doc0}
Referring: {nm}
Ordering Provider: {rev}
PCP: {nm}, {degree}
Primary Care Physician: {doc0}
Surgeon: {nm}, {degree}
Assistant: {nm}
Anesthesiologist: {nm}
Anesthesia: General
Radiologist: {nm}
Pathologist: {nm}, {degree}
Resident: {nm}
Provider: {nm} {degree}
Nurse: {gn} {pl}, RN
Author: {nm}
Dictated by: {nm}
Transcribed by: {ini}
CC: {nm}
cc: {doc}
To: {nm}
From: {nm}
TO: {doc}
FROM: {nm}, {degree}
Attn: {nm}
RE: {rev}
Re: {nm}, DOB {date}
Subject: {sn} follow up
Contact: {nm} ({rel})
Emergency Contact: {nm} {phone}
Next of Kin: {nm}
NOK: {nm} ({rel}) {phone}
Guardian: {nm}
Spouse: {gn}
Mother: {nm}
Father: {gn}
Informant: {rel}
Informant: {nm}
Interpreter: {nm}
Interpreter: none needed
Diagnosis: {dx}
Chief Complaint: {sx}
Procedure: {proc}
Allergies: {drug}
Status: Final
Sex: {s}
Language: Spanish
Service: Cardiology
Diet: Regular
Code Status: DNR
Disposition: Home with services
Condition: Stable
Specimen: {organ}
""".strip().split("\n")

SIGNATURES = """
{nm}, {degree}
Signed: {nm}
Signed by {nm}, {degree}
Electronically signed by {nm}, {degree} on {date} at {time}
Electronically Signed By: {rev} {degree} {date} {time}
Electronically authenticated by {nm}
Authenticated by {nm} {date}
Dictated by {nm}, {degree}   D: {date}  T: {date}  Job #{num}
DICTATED BY: {nm}\\nTRANSCRIBED BY: {ini}
{ini}/{lini} {date}
{ini}:{lini}\\nD: {date}\\nT: {date}
Sincerely,\\n\\n{nm}, {degree}\\n{hosp}
Sincerely,\\n{nm}
Regards,\\n{gn}
Thanks,\\n{gn}
Best,\\n{gn} {pl}
Respectfully submitted,\\n{nm} {degree}
- {gn}
--{ini}
-{ini}
{gn} {pl} RN {date} {time}
{nm} {degree} {time}
signed {lini}
/{lini}
{lini} {time}
Initials: {ini}
Attending: {doc0}  Resident: {nm}
Verified by: {nm}
Reviewed and signed by {nm}
_____________________\\n{nm}, {degree}\\n{phone}
{nm}\\n{degree}, {hosp}\\n{phone} / pager {num}
Page {n} of 3   {rev}   MRN {num}
{rev}  {num}  {date}
{hosp} - {street}, {city}, {st} {zip} - {phone}
cc: {nm}, {degree}\\n    {nm}, {degree}
CC:  {doc}, {doc}
Xray read by {nm}. Copy to {sn}.
""".strip().split("\n")

ACTS = """
{who} {verb} the {noun}.
{who} {verb} that {she} {verb} {sx}.
{who} and {who} {verb} the {noun}.
The {noun} was {verb} by {who}.
We {verb} the {noun} with {who} today.
{noun} {verb} by {who}, {who} {verb} it.
so {who} is covering for {who}
ask {who} if the {noun} is ready
told {who} about the {noun}
{who}: {noun} {verb}
Referred to {who} for {noun}.
In the meantime {who} {verb} {her} {noun}.
After the {noun}, {who} was {verb}.
{who}'s {noun} was {verb}.
{who} was told at {time}.
{rel} {who} was told.
SPOUSE {who} NOTIFIED.
{who}?
{noun} | {who} | {proc} | {lab}
{room} | {who} | {dx} | seen by {who}
seen by {who}
with {who}
Present: {who}, {who}, {who}
Attendees: {nm}, {degree}; {nm}, {degree}; {gn}
""".strip().split("\n")

STRANGE = """
{acr}: {n}
{acr} {n}0%
{acr}-{n} score {n}
{acr}/{acr} reviewed
Started on {acr} protocol.
{acr}-{n} {n}, {acr}-{n} 1{n}
{Drug} and {Drug} given.
Vaccines: {Drug}, {Drug}, {acr}
{Drug}, {Drug} held.
Uses {Drug} inhaler.
Insurance: {Word} Health
Allergic to {Drug}.
{Term} of the {organ}.
{Term} and {Term} ruled out.
{Term}:
Hx {term}, {term}.
r/o {term}, w/ {term}, s/p {term}
{n} mo, {n} yo, {n} wks, q{n}h
{n}/{n} {acr}
A&O x{n}, {acr} {n}, {acr} 1{n}
{Word} {word}: {n}
{Word} {word} {word}
{Word}'s {word}
{WORD} {WORD}: {word}
{WORD} {word} {word} {acr}.
# {Word} {word}
{word} {word} {word}, {word}
Cheers, thanks and best wishes.
dressing {n}x{n} cm, {acr} {n} L
bp 1{n}0/{n}0, hr {n}2, rr 1{n}, sats 9{n}%
IP, OP, HR, OR, ER, IP: see below. No. {n}. Rm air.
""".strip().split("\n")

VERBS = several(
    "said says called asked notes noted reports reported thinks wants agreed refused signed reviewed saw "
    "examined wrote sent brought took gave "
    "left returned declined explained requested ordered started stopped changed described remembers prefers "
    "needs uses lives works ate slept walked "
    "fell sat stood cried smiled arrived helped waited watched drove smokes drinks denies endorses feels looks "
    "seems has had is was will would may can"
)
NOUNS = several(
    "plan dose result chart form bed room meal visit family call letter report scan drain dressing wound test "
    "order bag note list medication refill "
    "appointment discharge transfer consent procedure shift question paperwork walker wheelchair pump line tube "
    "monitor oxygen diet pain fall"
)
