"""Hard notes, invented and written by hand, apart from the writer that the tagger learned from.

«kind:text» marks an identifier; {{text}} marks what must survive. Names and towns are not in the lists of the package
where that could be avoided.
"""

import re

from residency.deid.notes.spans import Span

_MARK = re.compile(r"«(\w+):([^»]*)»|\{\{([^}]*)\}\}")

NOTES = (
    """OUR LADY OF THE PINES REGIONAL
DISCHARGE SUMMARY

NAME: «name:VELLACOURT, ODALYS R»        MRN: «record:77-18-204»
DOB:
«date:11/02/1946»
ADMITTED: «date:02/27/2022»     DISCHARGED: «date:03/04/2022»
ATTENDING: «name:Thessaly Brandvold», MD

{{HOSPITAL COURSE}}: Mrs. «name:Vellacourt» is a {{75 year old}} woman with {{Parkinson's disease}},
{{Crohn's disease}} and {{Barrett's esophagus}} who
presented on «date:2/27» with fevers. {{WBC 14.2}}, {{lactate 3.1}}. She underwent CT-guided drainage («date:2/28»)
by Dr. «name:Okwuosa».
A {{Foley catheter}} was placed. {{Gram stain}} showed gram negative rods. Her daughter «name:Perpetua»
(«phone:718-555-0144») was
updated daily. By «date:March 3rd» she was afebrile, {{strength 5/5}}, {{BP 128/76}}. Discharged to
«institution:Wexcombe Manor» in «place:Tarrsburg».
She will see Dr. «name:Brandvold» on «date:03/18/2022 at 10:30».

«name:Thessaly Brandvold», MD
D: «date:03/04/2022»  T: «date:03/05/2022»  Job: «id:884213»
«name:TB»/«name:kjw»""",
    """pt called triage line «date:6/14» 0745. c/o {{chest tightness}} x2d, no sob. husband «name:zoltan» on the
line, says she took {{nitroglycerin}}
w/o relief. told to go to ed. «name:ashwini» rn will call back at «phone:555-0187». pcp is dr «name:fennimore». pt
lives at «place:88 quarry road»,
works nights at «institution:Brightwater Cannery». {{bp 150/90}}. hx {{graves disease}}, {{bell's palsy}} 2019. msg
sent to «name:d. fennimore».
-«name:ak»""",
    """SURGICAL PATHOLOGY
Case: «id:S22-90417»     Collected: «date:14-NOV-2022»     Received: «date:15-NOV-2022»
Patient: «name:Ng, Mei-Hua»   Sex: F   Age: «age:93»
Submitting: «name:Rufina Castellanos-Webb», M.D.

{{GROSS}}: Received in formalin labeled "«name:Ng»" and "left breast" is a 3.2 x 2.1 x 1.0 cm fragment.
{{MICROSCOPIC}}: {{Paget's disease}} of the nipple with underlying ductal carcinoma, {{Nottingham grade 2}},
{{ER 95%}}, {{HER2 negative}}. {{0/3 nodes}}.
{{Ki-67 20%}}. {{Hodgkin}} cells are not seen. {{Wright stain}} non-contributory.
Slides reviewed with Dr. «name:Ifeyinwa Mbah», who concurs. Called to «name:Castellanos-Webb» on
«date:11/16/22 at 1420» by «name:RW».
Electronically signed by «name:Jarek Wisniowski», MD, PhD «date:11/16/2022 15:02»""",
    """RADIOLOGY REPORT
Exam: CT ABDOMEN/PELVIS W CONTRAST   Accession #: «id:RA40718822»   Exam Date: «date:2021-07-09»
Referring: «name:LONG, PRUDENCE»    Location: Rm «place:612B»
Comparison: CT dated «date:Jan 2020», outside study from «institution:Harrowgate General Hospital».
{{TECHNIQUE}}: 5 mm axial images. {{Omnipaque 350}} 100 mL. {{DLP 840}}.
{{FINDINGS}}: {{Bosniak II cyst}} in the left kidney. No {{Meckel's diverticulum}}. {{Hounsfield units}} of the
adrenal lesion are 8. {{L4-L5}} disc disease.
IMPRESSION: 1. No acute process. Findings discussed with «name:Prudence Long» NP by «name:M. Oyelowo-Strand» at
18:22.""",
    """Hi «name:Siddalee»,
Could you please squeeze in «name:Tamsin Achterberg» (dob «date:4 Feb 1988») before «date:Thanksgiving»? Her
{{migraine}} is back and the {{topiramate}} is not
helping. Her mum «name:Greet» rang me from «phone:+31 20 555 0199». She can be reached at
«mail:t.achterberg88@mailbox.example» or via
«url:https://portal.harrowgate.example/msg/88121». I am off from «date:Wednesday», so «name:Dev» is covering.
Cheers,
«name:Fenella»""",
    """NURSING NOTE «date:09/30/2023» 2300
Pt in bed «place:14», {{A&O x3}}, VSS: {{T 98.4}} {{HR 72}} {{RR 16}} {{SpO2 96%}}. {{Braden 18}}.
{{Jackson-Pratt drain}} output 40 cc. Mr. «name:May» ambulated x2 with PT.
«name:May» may need {{oxycodone}} 5 mg before dressing change. Wife, «name:Hope», at bedside with sons
«name:Young-jae» and «name:Will».
Dr. «name:Hand» notified of {{K 3.1}}; {{KCl 40 mEq}} given. {{Homans sign}} negative. Report to «name:Quyen», RN.
Will continue to monitor.
«name:J. Sundaramoorthy» RN""",
    """Dear Dr. «name:van Wijngaarden»,

Re: Mr «name:Olumide Fashola-Pryce», «place:14 Thistle Lane, Kelmscott», «place:OX7 3TT»   NHS No:
«record:943 476 5919»

Thank you for referring this pleasant {{62-year-old}} retired docker from «institution:Pendle Shipwrights Ltd». He
was diagnosed with {{Waldenström's macroglobulinemia}} in
«date:April 2017» at «institution:St Cuthmans Infirmary». On examination {{JVP}} was not raised, {{Romberg}}
negative. I have suggested {{ibrutinib 420 mg}} and will see him
on the «date:21st of May».
Yours sincerely,

«name:Marguerite Eberhardt-Lowe»
Consultant Haematologist
cc: Mrs «name:C. Fashola-Pryce»""",
    """PSYCHIATRY INTAKE
Client «name:Xiadani Ruvalcaba» ("«name:Xia»") is a {{19 y.o.}} student at «institution:Coldwater Tech» referred by
her RA, «name:Blessing». She grew up in «place:Zacapoaxtla» and moved to
«place:Fairbury, NE» in «date:August 2015». Her stepfather «name:Ignacio» was deported on «date:Christmas Eve».
Denies SI. {{PHQ-9 14}}, {{GAD-7 11}}. Takes {{sertraline 50 mg}}.
Great-grandmother is «age:101» years old. Insurance: Meridian, member ID «plan:XQ7741982». SSN «ssn:219-09-9999».
Driver's license «licence:R4471-8820-1».
Assessment: {{major depression}}, r/o {{Asperger}} traits. {{Rorschach}} not done.
«name:Kestrel Vandermolen», LCSW""",
    """OPERATIVE REPORT
PATIENT: «name:BRIGHT, SIMEON»
DATE OF OPERATION: «date:JUNE 9, 2020»
SURGEON: «name:A. PELLEGRINO-VANCE», M.D.
ASSISTANT: «name:HUI MIN TEOH», PGY-3
PREOPERATIVE DIAGNOSIS: {{ZENKER'S DIVERTICULUM}}.
THE PATIENT WAS TAKEN TO ROOM «place:7». {{BOVIE}} CAUTERY WAS USED. MR. «name:BRIGHT» TOLERATED THE PROCEDURE WELL.
A {{PENROSE DRAIN}} WAS LEFT. {{EBL 20 CC}}.
IMPLANT: PLATE SERIAL NO. «device:ZM-448812-07». DR. «name:PELLEGRINO-VANCE» WAS PRESENT THROUGHOUT. SPOUSE
«name:CLEMENCY» WAS TOLD AT «date:14:35 ON 9 JUNE 2020».""",
    """TELEPHONE ENCOUNTER  «date:Mon 12 Sep 2022 08:15»
Caller: «name:Bartholomea Quist» (sister) ph. «phone:(612) 555-0171» ext 4
Reason: brother «name:Lars-Erik Quist», {{71}}, fell at church («institution:Gethsemane Lutheran Church») on
«date:Sunday».  Car plate «vehicle:8KJT204» left in lot, VIN «vehicle:2HGFA16578H312345».
On {{warfarin}}, {{INR 3.4}}. Advised ED. Uses {{Hoyer lift}} at home. Ambulance to
«institution:Nokomis Valley Medical Center».  IP of kiosk «ip:10.44.7.21».
{{Glasgow Coma Scale}} 15 per EMS. Took call: «name:P. Arce», RN / reviewed «name:Ottoline Grubb», PA-C""",
    """WARD ROUND
«place:4 West» | «name:Li» | d3 post {{Whipple}} | {{drain amylase 220}} | plan: clamp NG | seen by «name:Szczerbiak»
«place:4 West» | «name:Abubakari-Nkemelu» | {{Guillain-Barré}} | {{FVC 1.8}} | {{IVIG}} day 2/5 | consent w/ wife
«name:Rahinatu»
«place:4 West» | «name:Ó Maolagáin» | {{Addison's}} crisis | {{hydrocortisone 100 mg}} | home «date:Friday» if
{{Na 135}}
Registrar: «name:Gethin Prydderch» bleep «phone:4471»""",
    """Well child visit «date:5/3/24». «name:Nevaeh-Rose» is a {{4 mo}} infant of «name:Chrysanthemum Tully» and
«name:Dashawn Tully». Uncle «name:Kip» has {{Marfan syndrome}}; grandfather died at «age:94».
Weight {{6.4 kg}}. {{Apgars 8 and 9}} at birth. {{Moro reflex}} present. {{Ortolani}} and {{Barlow}} negative.
Vaccines: {{Prevnar}}, {{Rotateq}}. Family moved from «place:Lower Pottsgrove» last fall.
Next visit «date:July 8». Interpreter: «name:Soledad Ixtepan». Form faxed to «fax:(215) 555-0163» for daycare
«institution:Little Sprouts Academy».
«name:Emeline Castonguay», DNP""",
)


def read(marked: str) -> tuple[str, list[Span], list[tuple[int, int]]]:
    """The plain note, its identifiers, and what must survive."""
    text, spans, kept, at = "", [], [], 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        said = match[2] if match[1] else match[3]
        if match[1]:
            spans.append(Span(len(text), len(text) + len(said), match[1], "form"))
        else:
            kept.append((len(text), len(text) + len(said)))
        text += said
        at = match.end()
    return text + marked[at:], spans, kept
