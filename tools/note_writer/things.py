"""What notes are about: conditions, drugs, values, findings, what looks like a name and is none; dates and places."""

import random

from note_writer import geography
from note_writer.negatives import eponym
from note_writer.people import _syllables, family_name
from note_writer.several import several
from residency.deid.notes.words import spelled

DX = several(
    "hypertension|type 2 diabetes mellitus|DM2|COPD|CHF|coronary artery disease|CAD s/p CABG|atrial "
    "fibrillation|afib on coumadin|chronic kidney disease stage 3|"
    "end stage renal disease on HD|asthma|hypothyroidism|hyperlipidemia|GERD|osteoarthritis|rheumatoid "
    "arthritis|breast cancer|metastatic colon cancer|"
    "non-small cell lung cancer|prostate adenocarcinoma|acute pancreatitis|community acquired pneumonia|"
    "urosepsis|cellulitis of the left leg|DVT|pulmonary embolism|"
    "ischemic stroke|TIA|seizure disorder|migraine|depression|bipolar disorder|schizophrenia|PTSD|alcohol use "
    "disorder|opioid use disorder|cirrhosis|hepatitis C|"
    "small bowel obstruction|diverticulitis|acute appendicitis|cholelithiasis|hip fracture|compression fracture|"
    "osteoporosis|anemia|iron deficiency|pancytopenia|"
    "AML|multiple myeloma|sickle cell disease|HIV|tuberculosis|influenza A|COVID-19|acute kidney injury|"
    "hyponatremia|hyperkalemia|DKA|hypoglycemia|syncope|"
    "failure to thrive|dementia|delirium|obstructive sleep apnea|obesity|gout|psoriasis|lupus|sarcoidosis|"
    "endometriosis|preeclampsia|gestational diabetes|"
    "preterm labor|febrile seizure|bronchiolitis|croup|otitis media|strep pharyngitis|kidney stones|BPH|urinary "
    "retention|UTI|glaucoma|cataract|macular degeneration|"
    "spinal stenosis|sciatica|rotator cuff tear|carpal tunnel syndrome|pressure ulcer stage 2|wound dehiscence|"
    "post-op ileus|MRSA bacteremia|C. diff colitis",
    mark="|",
)
EPONYMS = several(
    "Parkinson's disease|Parkinson disease|Crohn's disease|Crohn's|Alzheimer's dementia|Hodgkin lymphoma|"
    "non-Hodgkin's lymphoma|Bell's palsy|Graves' disease|Graves disease|Hashimoto's thyroiditis|"
    "Addison's disease|Cushing's syndrome|Raynaud's phenomenon|Sjögren's syndrome|Wegener's granulomatosis|"
    "Kawasaki disease|Marfan syndrome|Ehlers-Danlos|Turner syndrome|Down syndrome|"
    "Klinefelter's|Huntington's chorea|Guillain-Barré syndrome|Guillain Barre|Lou Gehrig's disease|Charcot "
    "joint|Charcot-Marie-Tooth|Wilson's disease|Gilbert's syndrome|Barrett's esophagus|"
    "Zenker's diverticulum|Meckel's diverticulum|Mallory-Weiss tear|Hirschsprung disease|Peyronie's|Dupuytren's "
    "contracture|Colles fracture|Smith's fracture|Jones fracture|Lisfranc injury|"
    "Salter-Harris II fracture|Baker's cyst|Osgood-Schlatter|Legg-Calve-Perthes|Paget's disease|Ewing sarcoma|"
    "Kaposi sarcoma|Wilms tumor|Burkitt lymphoma|Waldenstrom's|Merkel cell carcinoma|"
    "Foley catheter|Foley|Hickman catheter|Swan-Ganz|Yankauer suction|Jackson-Pratt drain|Penrose drain|Hemovac|"
    "Kirschner wires|Steinmann pin|Holter monitor|Doppler ultrasound|Gram stain|Wright stain|"
    "Murphy's sign|Murphy sign negative|Homans sign|Homan's sign|Babinski|Babinski's reflex|Romberg|Romberg "
    "negative|Kernig's sign|Brudzinski|Trousseau sign|Chvostek's sign|McBurney's point|Rovsing|"
    "Tinel's|Phalen's test|Lachman test|McMurray test|Hawkins test|Neer sign|Spurling's|Finkelstein's test|"
    "Dix-Hallpike maneuver|Epley maneuver|Valsalva|Trendelenburg position|Fowler's position|"
    "Glasgow Coma Scale 15|Apgar scores 8 and 9|Apgars 9/9|Gleason 3+4=7|Gleason score 7|Child-Pugh class B|"
    "Breslow depth|Clark level IV|Mallampati II|Braden score 18|Wells score 3|Morse fall scale 45|"
    "Ranson criteria|Light's criteria|Duke criteria|Jones criteria|Whipple procedure|s/p Whipple|Billroth II|"
    "Roux-en-Y|Nissen fundoplication|Hartmann's procedure|Kocher incision|Pfannenstiel incision|"
    "Heller myotomy|Norwood procedure|Fontan|Ross procedure|Blalock-Taussig shunt|Mohs surgery|LeFort I|Bankart "
    "repair|Lyme disease|Coombs test|Pap smear|Papanicolaou|Wood's lamp|Snellen chart|"
    "Cheyne-Stokes respirations|Kussmaul breathing|Virchow's node|Heberden's nodes|Bouchard's|Kayser-Fleischer "
    "rings|Roth spots|Osler nodes|Janeway lesions|Janeway|Austin Flint murmur|Korotkoff|"
    "Wolff-Parkinson-White|Brugada pattern|Mobitz type II|Wenckebach|Takotsubo cardiomyopathy|Prinzmetal angina|"
    "Dressler syndrome|Ebstein's anomaly|tetralogy of Fallot|Eisenmenger|bundle of His|"
    "circle of Willis|Broca's aphasia|Wernicke encephalopathy|Korsakoff|Lewy body dementia|Pick's disease|"
    "Horner syndrome|Todd's paralysis|Jacksonian march|Brown-Séquard|Arnold-Chiari|Dandy-Walker|"
    "Henoch-Schonlein purpura|Goodpasture's|Berger's disease|Fanconi syndrome|Bartter|Tamm-Horsfall|Bowman's "
    "capsule|loop of Henle|Kupffer cells|ampulla of Vater|sphincter of Oddi|islets of Langerhans|"
    "Hounsfield units|Kerley B lines|Bosniak II cyst|Hill-Sachs lesion|Schatzki ring|Dobhoff tube|Bovie|Kelly "
    "clamp|DeBakey forceps|Allis clamp|Ringer's lactate|Lactated Ringer's|Dakin's solution|Unna boot|"
    "Ace wrap|Tegaderm|Hoyer lift|Epic|Cerner|Medtronic|Siemens|St. Jude Medical ICD|Stryker|Philips|GE scanner|"
    "Bair Hugger|Ambu bag|Kaplan-Meier|Karnofsky 70|Rankin 3|Hunt and Hess 2|Fisher grade 3|Spetzler-Martin",
    mark="|",
)
MEDS = spelled("drugs")
LABS = [
    "WBC 12.4",
    "Hgb 9.8",
    "Hct 30.1",
    "plt 250",
    "platelets 143,000",
    "Na 138",
    "K 4.2",
    "Cl 101",
    "CO2 24",
    "BUN 22",
    "Cr 1.4",
    "creatinine 0.9",
    "glucose 182",
    "Ca 9.1",
    "Mg 1.8",
    "Phos 3.2",
    "AST 34",
    "ALT 41",
    "alk phos 88",
    "T bili 0.8",
    "albumin 3.4",
    "INR 2.3",
    "PTT 34",
    "troponin <0.01",
    "BNP 845",
    "lactate 2.1",
    "HbA1c 8.2%",
    "A1c 7.1",
    "TSH 2.44",
    "free T4 1.1",
    "ESR 44",
    "CRP 12",
    "LDL 101",
    "HDL 44",
    "PSA 4.4",
    "CEA 3.1",
    "ferritin 18",
    "B12 340",
    "vit D 22",
    "UA negative",
    "pH 7.35",
    "pCO2 45",
    "pO2 88",
    "FiO2 40%",
    "SpO2 97% on RA",
    "O2 sat 94% on 2L NC",
    "BP 132/84",
    "HR 88",
    "RR 18",
    "T 98.6",
    "Temp 101.2 F",
    "T 37.2 C",
    "wt 82 kg",
    "height 5'7\"",
    "BMI 31.2",
    "EF 35%",
    "EF 55-60%",
    "GCS 15",
    "pain 4/10",
    "pain 7/10",
    "strength 5/5 throughout",
    "2/6 systolic murmur",
    "Apgars 8/9",
    "I/O 1200/900",
    "UOP 45 cc/hr",
    "FSBG 144",
    "D-dimer 1.2",
    "WBC 12000",
    "plts 250000",
    "anion gap 14",
    "MCV 81",
    "RDW 15.2",
    "ANC 1200",
    "CD4 312",
    "viral load <20",
    "HR 60-70s",
    "20/40 OD",
    "grade 3/6",
]
FINDINGS = several(
    "no acute distress|lungs clear to auscultation bilaterally|CTAB|RRR no m/r/g|abdomen soft, non-tender, "
    "non-distended|no edema|2+ pitting edema|alert and oriented x3|A&O x 4|PERRLA|EOMI|moist mucous membranes|"
    "no JVD|bowel sounds present|no rebound or guarding|no focal deficits|CN II-XII intact|gait steady|skin "
    "warm and dry|incision clean, dry and intact|dressing changed|IV site without redness|no rash|"
    "no cervical lymphadenopathy|normal S1 S2|crackles at the bases|expiratory wheezes|decreased breath sounds "
    "on the right|tenderness to palpation|full range of motion|no cyanosis or clubbing|pulses 2+|"
    "no acute intracranial abnormality|no focal consolidation|small left pleural effusion|mild cardiomegaly|"
    "degenerative changes of the spine|no evidence of metastatic disease|stable 4 mm nodule in the right upper lobe|"
    "no pneumothorax|lines and tubes in standard position|unremarkable liver and spleen|status post "
    "cholecystectomy|mild hydronephrosis|no free air|margins negative|0/14 lymph nodes|chronic inflammation|"
    "tubular adenoma|no dysplasia",
    mark="|",
)
SYMPTOMS = several(
    "chest pain|shortness of breath|abdominal pain|nausea|vomiting|fever|chills|dizziness|headache|weakness|"
    "fatigue|cough|back pain|palpitations|leg swelling|blurred vision|numbness|tingling|falls|confusion|"
    "poor appetite|weight loss|constipation|diarrhea|dysuria|hematuria|rash|sore throat|runny nose|ear pain|"
    "joint pain|insomnia|anxiety|low mood|itching|bleeding|bruising|urinary frequency|night sweats|knee pain",
    mark="|",
)
PROCEDURES = several(
    "CT head|CT abdomen and pelvis|MRI brain|chest x-ray|CXR|EKG|echo|TTE|colonoscopy|EGD|cardiac "
    "catheterization|stress test|lumbar puncture|paracentesis|thoracentesis|bronchoscopy|appendectomy|"
    "cholecystectomy|total knee arthroplasty|left hip ORIF|C-section|dialysis|PICC placement|central line|blood "
    "transfusion|PT evaluation|swallow study|ultrasound|biopsy|mammogram|EEG|EMG|PFTs|sleep study|skin graft|I&D",
    mark="|",
)
JOBS = several(
    "teacher|nurse|mechanic|farmer|truck driver|carpenter|accountant|cook|retired engineer|cashier|"
    "lawyer|student|plumber|waitress|soldier|electrician|janitor|welder|librarian|pastor|programmer|homemaker",
    mark="|",
)
HEADINGS = several(
    "HISTORY OF PRESENT ILLNESS|HPI|Chief Complaint|CC|PAST MEDICAL HISTORY|PMH|Past Surgical History|"
    "MEDICATIONS|Home Meds|Allergies|ALLERGIES|SOCIAL HISTORY|Social Hx|Family History|FH|Review of Systems|ROS|"
    "PHYSICAL EXAM|Exam|Vitals|VITAL SIGNS|LABS|Laboratory Data|Imaging|IMPRESSION|Impression|ASSESSMENT AND "
    "PLAN|Assessment/Plan|A/P|Plan|HOSPITAL COURSE|Hospital Course|DISCHARGE MEDICATIONS|Disposition|Follow-up|"
    "FINDINGS|TECHNIQUE|COMPARISON|INDICATION|Clinical History|GROSS DESCRIPTION|MICROSCOPIC DESCRIPTION|FINAL "
    "DIAGNOSIS|DIAGNOSIS|Specimen|PROCEDURE|Operative Findings|Anesthesia|EBL|Complications|Condition at Discharge|"
    "Subjective|Objective|S|O|A|P|Interval History|Overnight Events|Code Status|Diet|Activity|Nursing Note|"
    "Triage|Reason for Visit|Background|Recommendations|Mental Status Exam|Functional Status|Goals of Care|Summary",
    mark="|",
)
_STEMS = several(
    "cardi hepat nephr neur oste derm gastr arthr my angi aden col cyst enter hem leuk lymph "
    "mening onc ophthalm ot path phleb pneum proct psych pyel rhin salping spondyl thorac tox trache ur vas cholang "
    "lamin carcin fibr scler thromb"
)
_ENDS = several(
    "itis osis oma ectomy otomy ostomy oscopy ography opathy algia emia uria plasty megaly rrhea "
    "plegia lysis genic oid ic al ous ostenosis ogram ology"
)
_DRUG_ENDS = several(
    "mab nib pril sartan olol statin azole cillin mycin floxacin tidine prazole gliptin "
    "gliflozin tide parin xaban caine pam lam barbital triptan setron vir ine one ate ol ide"
)
CITIES = several(
    "Toledo|Springfield|Portland|Dayton|Fresno|Tulsa|Boise|Omaha|Tampa|Akron|Laredo|Reno|Mobile|Salem|Aurora|"
    "Peoria|Eugene|Lowell|Macon|Duluth|Billings|Flint|Gary|Waco|Yuma|Bath|Leeds|Cardiff|Cork|Galway|Toronto|"
    "Halifax|Perth|"
    "Hobart|Lagos|Accra|Nairobi|Kumasi|Lima|Bogotá|Guadalajara|Oaxaca|Puebla|San Juan|Santo Domingo|Kingston|"
    "Manila|Cebu|Hanoi|Hue|Seoul|Busan|Osaka|Kyoto|Shanghai|Chengdu|Mumbai|Pune|Lahore|Karachi|Dhaka|Tehran|"
    "Shiraz|Baghdad|"
    "Aleppo|Beirut|Cairo|Haifa|Istanbul|Ankara|Athens|Kraków|Gdańsk|Kyiv|Lviv|Minsk|Riga|Oslo|Bergen|Malmö|Lyon|"
    "Lille|Nantes|Bremen|Leipzig|Graz|Turin|Naples|Porto|Seville|Zagreb|Sofia|El Paso|Santa Fe|Baton Rouge|"
    "Cedar Rapids|"
    "Grand Forks|New Haven|Long Beach|Little Rock|Fort Wayne|St. Paul|Sioux Falls|Green Bay|Coeur d'Alene|"
    "Chicago|Boston|Houston|Denver|Detroit|Memphis|Seattle|Miami|Atlanta|Dallas|Baltimore|Brooklyn|Queens|"
    "Harlem|Southie",
    mark="|",
)
STATES = several(
    "OH IL CA TX NY FL PA MA WA GA MI NC VA AZ TN MO WI MN CO AL SC LA KY OR OK CT IA MS AR KS UT "
    "NV NM NE WV ID HI ME NH RI MT DE SD ND AK VT WY"
)
STATE_NAMES = several(
    "Ohio|Illinois|Texas|Florida|Oregon|Michigan|Georgia|Kentucky|Maine|Nevada|Virginia|Massachusetts|California",
    mark="|",
)
MONTHS = several("January February March April May June July August September October November December")
_HOSPITAL = several(
    "Memorial Hospital|General Hospital|Medical Center|Community Hospital|Regional Medical "
    "Center|University Hospital|Children's Hospital|Clinic|Health System|Hospital|Rehabilitation Center|Nursing "
    "Home|Hospice|VA Medical Center|Infirmary|Care Center|Manor|Health Center",
    mark="|",
)
_ORG = several(
    "High School|Elementary School|Elementary|University|College|Middle School|Church|Baptist Church|"
    "Lutheran Church|Temple|Mosque|Pharmacy|Plumbing|Construction|Trucking|Foods|Industries|Motors|Steel|Bakery|"
    "Diner|& Sons|Group|Ltd|PLC|and Sons|Works|Practice|Associates|Inc.|LLC|Bank|Logistics|Farms|Laundry|"
    "Textiles|Library|Airlines|Insurance",
    mark="|",
)
_SAINTS = several(
    "Mary's|Joseph's|Luke's|John's|Vincent|Francis|Anne's|Elizabeth's|Jude's|Anthony's|Michael's|"
    "Catherine's|Brigid's|Xavier's|Raphael's|Bartholomew's",
    mark="|",
)
_STREETS = several(
    "Street|St|St.|Avenue|Ave|Ave.|Road|Rd|Rd.|Boulevard|Blvd|Lane|Ln|Drive|Dr|Dr.|Court|Ct|"
    "Place|Way|Terrace|Circle|Parkway|Highway|Trail",
    mark="|",
)


_TOWN_STARTS = (
    "",
    "",
    "",
    "",
    "New ",
    "Port ",
    "East ",
    "West ",
    "North ",
    "South ",
    "Lake ",
    "Upper ",
    "Lower ",
    "Fort ",
)
_TOWN_ENDS = several(
    "ville|ton|burg|field| Falls| Springs| Heights|port|| City|dale|wood|side|shire|mouth|borough|bury|haven|"
    "chester|view|"
    "land|stad|by|ham|ford|hurst|ridge|brook|stead|wick|more",
    mark="|",
)
_DOSES = (1, 2.5, 5, 10, 20, 25, 40, 50, 81, 100, 250, 325, 500, 1000)
_MEASURES = ("mg", "mcg", "mg", "units", "mEq", "mL")
_TIMES = several("daily|BID|PO qd|tid|IV q8h|qhs|prn|q6h prn pain|once|weekly", mark="|")
_WINDS = ("", "", "", "N ", "S. ", "West ", "NE ")
_TREES = several("Oak|Elm|Maple|Main|Park|Washington|2nd|14th|Cedar Hill|Old Mill|River|Church", mark="|")
_KINDLY = several(
    "Mercy|Providence|Sacred Heart|Good Samaritan|Baptist|Lakeview|Riverside|Sunrise|Evergreen|Maple Grove|Cedar Ridge|"
    "Northside|Highland",
    mark="|",
)


def condition(rng: random.Random) -> str:
    """Something somebody has."""
    r = rng.random()
    if r < 0.6:
        return rng.choice(DX)
    if r < 0.78:
        return rng.choice(EPONYMS)
    if r < 0.88:
        return eponym(rng)
    return rng.choice(_STEMS) + rng.choice(("", "o")) + rng.choice(_ENDS)


def drug(rng: random.Random) -> str:
    """A drug with a dose, sometimes; small or large, real or only sounding so."""
    name = rng.choice(MEDS) if rng.random() < 0.7 else _syllables(rng, rng.randint(1, 2)) + rng.choice(_DRUG_ENDS)
    if rng.random() < 0.4:
        name = name.capitalize()
    elif rng.random() < 0.08:
        name = name.upper()
    if rng.random() < 0.6:
        name += f" {rng.choice(_DOSES)} {rng.choice(_MEASURES)} {rng.choice(_TIMES)}"
    return name


def a_date(rng: random.Random, *, coarse: bool = True) -> str:
    """A date in one of many forms."""
    y, m, d = (
        rng.randint(1925, 2026) if rng.random() < 0.3 else rng.randint(2005, 2026),
        rng.randint(1, 12),
        rng.randint(1, 28),
    )
    mon = MONTHS[m - 1]
    forms = [
        f"{m}/{d}/{y}",
        f"{m:02d}/{d:02d}/{y}",
        f"{m}/{d}/{y % 100:02d}",
        f"{m:02d}-{d:02d}-{y}",
        f"{y}-{m:02d}-{d:02d}",
        f"{mon} {d}, {y}",
        f"{mon[:3]} {d}, {y}",
        f"{d} {mon} {y}",
        f"{d:02d}-{mon[:3]}-{y}",
        f"{d:02d}-{mon[:3].upper()}-{y}",
        f"{d}.{m}.{y}",
        f"{d:02d}.{m:02d}.{y}",
        f"{mon[:3]}. {d} {y}",
        f"{y}/{m:02d}/{d:02d}",
        f"{d}{mon[:3].upper()}{y}",
        f"{d}/{m}/{y}",
    ]
    if coarse:
        forms += [
            f"{m}/{d}",
            f"{mon} {d}",
            f"{mon[:3]} {d}",
            f"{d} {mon}",
            f"{mon} {y}",
            f"{mon}",
            f"{m}/{y}",
            f"{mon} {d}{('th', 'st', 'nd', 'rd')[d % 10 if d % 10 < 4 and d not in (11, 12, 13) else 0]}",
            rng.choice(("Christmas", "Thanksgiving", "Easter Sunday", "Labor Day")),
        ]
    return rng.choice(forms)


def a_number(rng: random.Random) -> str:
    """A number of somebody's, in one of many forms."""
    digits = "".join(rng.choice("0123456789") for _ in range(10))
    return rng.choice(
        (
            digits[:6],
            digits[:7],
            digits[:8],
            digits,
            f"{digits[:3]}-{digits[3:6]}",
            f"{digits[:2]}-{digits[2:4]}-{digits[4:6]}",
            f"{rng.choice('ABEHMSPX')}{digits[:6]}",
            f"{rng.choice('ABEHMSPX')}{digits[:2]}-{digits[2:7]}",
            f"{rng.choice('ABEHMSPX')}{rng.choice('ABEHMSPX')}-{digits[:5]}",
            f"{digits[:4]}{rng.choice('ABXZ')}",
        )
    )


def a_phone(rng: random.Random) -> str:
    """A telephone number."""
    d = "".join(rng.choice("0123456789") for _ in range(10))
    return rng.choice(
        (
            f"({d[:3]}) {d[3:6]}-{d[6:]}",
            f"{d[:3]}-{d[3:6]}-{d[6:]}",
            f"{d[:3]}.{d[3:6]}.{d[6:]}",
            f"{d[3:6]}-{d[6:]}",
            f"+44 20 {d[:4]} {d[4:8]}",
            f"+1 {d[:3]} {d[3:6]} {d[6:]}",
            f"x{d[:4]}",
            f"+{d[:2]} {d[2:5]} {d[5:]}",
        )
    )


def a_city(rng: random.Random) -> str:
    """A town, real or only sounding so."""
    if rng.random() < 0.25:
        return geography.town(rng)
    if rng.random() < 0.6:
        return rng.choice(CITIES)
    town = family_name(rng).split()[-1].capitalize() + rng.choice(_TOWN_ENDS)
    return rng.choice(_TOWN_STARTS) + town


def a_street(rng: random.Random) -> str:
    """House and street."""
    if rng.random() < 0.4:
        return geography.address(rng)
    name = rng.choice((*_TREES, family_name(rng), family_name(rng), family_name(rng)))
    text = f"{rng.randint(1, 9999)} {rng.choice(_WINDS)}{name} {rng.choice(_STREETS)}"
    return text + rng.choice(
        ("", "", "", f" Apt {rng.randint(1, 40)}", f", Unit {rng.randint(1, 9)}B", f" #{rng.randint(1, 300)}")
    )


def a_hospital(rng: random.Random) -> str:
    """A place where people are treated."""
    if rng.random() < 0.3:
        return geography.house(rng)
    r = rng.random()
    if r < 0.3:
        saint = f"{rng.choice(('St.', 'St', 'Saint'))} {rng.choice(_SAINTS)}"
        return saint + rng.choice(("", " Hospital", " Medical Center"))
    if r < 0.45:
        return f"{rng.choice(_KINDLY)} {rng.choice(_HOSPITAL)}"
    if r < 0.55:
        return f"{rng.choice(('University of', 'Hospital of', 'Children’s Hospital of', 'Clinic of'))} {a_city(rng)}"
    if r < 0.62:
        return (
            a_city(rng)[:1]
            + "".join(rng.choice("ACGHMSU") for _ in range(rng.randint(1, 2)))
            + rng.choice(("H", "MC", "GH"))
        )
    return f"{rng.choice((a_city(rng), family_name(rng)))} {rng.choice(_HOSPITAL)}"


def an_organisation(rng: random.Random) -> str:
    """An employer, a school, a church."""
    if rng.random() < 0.4:
        return geography.house(rng)
    r = rng.random()
    if r < 0.12:
        first, second, third = family_name(rng), family_name(rng), family_name(rng)
        return rng.choice(
            (f"{first}, {second} and {third}", f"{first} and {second}", f"{first}-{second}", f"{first} & {third}")
        )
    base = rng.choice(
        (
            a_city(rng),
            family_name(rng),
            rng.choice(
                (
                    "Acme",
                    "Globex",
                    "Sunrise",
                    "First",
                    "Central",
                    "Pioneer",
                    "Evergreen",
                    "Golden Gate",
                    "Blue Ridge",
                    "Our Lady of Grace",
                    "Holy Trinity",
                    "St. Bede",
                )
            ),
        )
    )
    return f"{base} {rng.choice(_ORG)}"
