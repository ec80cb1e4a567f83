"""Notes of a third hand, first half: written to examine, before the rules were seen; marked as `hard_notes` are.

What the rules made of them at first sight stands in benchmarks/results/notes.json; they were mended since, so that
these notes do not bound how those of somebody else fare any more.
"""

NOTES: tuple[str, ...] = (
    """DISCHARGE SUMMARY
Name: «name:Oyelaran, Folasade T.»    MRN: «record:00-418-2297»
Admitted: «date:2024-03-09»   Discharged: «date:9 Apr 24»
Attending: Dr «name:Gethin Prys-Roberts», «institution:Calder Mount Hospital», «place:Wexbridge»

Mrs «name:Oyelaran» is a {{61-year-old}} seamstress with {{Crohn's}} disease who came in with an obstructing
terminal ileal stricture. CRP {{184 mg/L}}, albumin {{22 g/L}}. Right hemicolectomy on «date:14th March»; fascia
closed with {{1 PDS}}. {{Foley}} out on day 2. Mild {{Clostridioides difficile}} colitis afterwards, treated with
{{vancomycin 125 mg PO QID}}. She may eat freely.

Home with husband «name:Babatunde» at «place:17 Tannery Row», «place:WX4 9QD». He can be reached on
«phone:01632 960 418».

Follow-up with «name:G. Prys-Roberts» on «date:Tues 23/4». {{Azathioprine 100 mg}} to be restarted once WCC is
above {{4.0}}.

Typed «date:10.04.2024» by «name:nkw»
""",
    """ed triage 0412 «date:sat 9th»
pt «name:begay, darnell» 44m bib ems frm «place:chinle wash rd mile 7». mrn «record:ED7719-04»
cc: cp x 2h, radiating L arm, diaphoretic. hx {{htn}}, {{dm2}}, {{Wolff-Parkinson-White}} as teen
{{bp 168/94}} {{hr 112}} {{spo2 93% ra}} {{gcs 15}} bgl {{14.2}}
asa {{324 mg}} given by crew unit «vehicle:M-6», plate «vehicle:EMS 48Q», {{ntg 0.4 sl}} x1
allergy: {{sulfa}}
ecg {{ST elevation V2-V4}}, shown to dr «name:tsosie» at 0418. cath lab called.
sister «name:Ooljee» in waiting room, cell «phone:928-555-0143». wife «name:Marlene Begay» driving over from
«place:Ganado», was at her shift at «institution:Red Mesa Trading Co»
last seen here «date:11/30»; lmd is «name:K. Yellowhair» pa-c, «institution:Many Farms Clinic», fax
«fax:(928) 555-0177»
triage lvl {{2}}
rn «name:j. pettigrove»
""",
    """RADIOLOGY REPORT
PATIENT: «name:NGUYỄN THỊ BÍCH HẰNG»      DOB: «date:02-FEB-1958»
ACCESSION: «record:CT24.0088731.R»     REF: DR «name:ILKKA SAARELAINEN»
EXAM DATE: «date:Mar-09-24»    SITE: «institution:LANTERN BAY IMAGING», «place:PORT ALDERIC»

CT abdomen and pelvis with {{iohexol 350}}, 90 mL.

Findings: The liver is of normal size; a {{1.4 cm}} cyst in segment {{IVa}}. The {{pouch of Douglas}} contains a
trace of fluid. The {{ampulla of Vater}} is unremarkable, the duct {{6 mm}}. Grade 1 slip at {{L4-5}}. The
{{circle of Willis}} was not included. No {{Virchow}} node. Compared with the outside study of «date:November 2022»
from «institution:St Finbarr's Infirmary» (disc «id:DX-55-0912»).

Impression: stable. {{Bosniak II}} cyst of the left kidney, no follow-up.

Result telephoned to Nurse «name:Aino» on «phone:+61 3 5550 0172» at 16:20. Ms «name:Nguyen» was told by
«name:I. Saarelainen» on «date:11 March».

Electronically signed: «name:Ruaridh MacInnes», FRANZCR, provider «licence:414882KX»
""",
    """PATHOLOGY. Specimen «record:S24-11902/B». Patient «name:Etxeberria Goikoetxea, Maitane». Hosp. no.
«record:H/330/771».
Received «date:09.03.2024», reported «date:13.03.2024».
Clinical: {{38 F}}, lump left breast, upper outer quadrant. {{Cooper's}} ligaments distorted. Surgeon Ms
«name:Wilhelmina de Vos».

Macroscopic: three cores, longest {{17 mm}}, inked.
Microscopic: Invasive carcinoma NST, {{Nottingham grade 2}} (tubules 3, nuclei 2, mitoses 1), with {{Paget}} cells
in the overlying duct. {{ER 8/8}}, PR {{6/8}}, {{HER2 1+}}, {{Ki-67 18%}}. {{Congo red}} negative.

Comment: Shown on «date:Wednesday» to Dr «name:Iker», who agrees. Block B2 is being couriered to
«institution:Harrowgate Genomics», «place:Unit 5, Lime Quay, Bristow», tracking «id:1Z-EX-99-00412».
Ms «name:Etxebarria» asked that a copy go to her own mail, «mail:maitane.eg@postbox.example».

«name:Søren Quist-Madsen», consultant histopathologist, GMC «licence:7900413»
Tel «phone:0117 496 0822» ext «phone:4410»
""",
    """Nursing note, night shift, «date:the ninth of March»
Mr «name:Kealoha» ("Uncle «name:Kimo»") settled at 22:15. Wristband checked: «name:Kimokeo Kealoha»,
«record:KMC 7 0331 9». Age «age:94», lives at «institution:Hale Lani Care Home», «place:Nuuanu».
{{BP 132/70}}, {{T 37.1}}, pain {{2/10}}. {{Braden 14}}; sacrum pink, blanching. {{Hoyer}} lift with two. Turned
2-hourly. {{Kerlix}} to left heel changed, {{Pseudomonas}} odour noted, swab «record:MB-0310-77» sent.
IV {{cefepime 2 g}} at midnight; the pump (SN «device:ALR-8801-442») alarmed twice, battery swapped.
Son «name:Makoa» rang at 23:00 from «phone:808-555-0119» and will come on «date:Sunday» after church. He works at
«institution:Pali Surf & Freight» and can't get away earlier.
Pt was heard to say he would grant me three wishes if I brought {{Ensure}}. {{Grant}} noted, Ensure given.
Handover to «name:Leilani P.» 07:00. — «name:Tupua Faleolo», RN
""",
    """TELEPHONE ENCOUNTER
Caller: «name:Małgorzata Wiśniewska-Roux» (mother) re «name:Zosia», {{7 y}}
Date of call «date:3/9», 10:40. Call-back «phone:(613) 555-0184», or her work «phone:613 555 0166 x 208»
(«institution:Rideau Glass Works»).
Chart «record:#58-A-20917». OHIP «plan:9876-543-217-XK».

Says fever {{39.4}} since «date:Friday», sandpaper rash, sore throat. {{Centor 4}}. No stridor, no drooling.
Drinking. Had {{Tylenol 320 mg}} at 8. Rapid test at «institution:Kestrel Pharmacy», «place:Bronson Ave», positive
for {{group A strep}}. Allergic to {{amoxicillin}} (hives, as a baby). {{Kawasaki}} features asked about: no red
eyes, no peeling.

Plan: {{azithromycin 12 mg/kg}} daily for five days, faxed to «fax:613-555-0131». May go back to
«institution:École Sainte-Odile» 24 h after first dose. If {{Koplik}} spots or {{SpO2 <92%}}, ED.
Mother repeated the plan. Next vaccine visit «date:18 avril».
«name:H. Dufresne-Achebe», RPN
""",
    """PSYCHIATRY — INITIAL ASSESSMENT
Re: «name:Chukwuemeka "Emeka" Nwachukwu-Lowe», {{29}}, NHS «record:999 418 0027»
Seen «date:21/02/2024» at «institution:The Larches», «place:Otterburn Lane, Haddersby».

Referred by Dr «name:Blessing Eke» after police found him on «place:Swale Bridge» on «date:St Valentine's Day».
{{PHQ-9 21}}, {{GAD-7 17}}. He says his late grandmother, Mama «name:Adaobi», will not let him sleep. {{Capgras}}
delusion regarding his flatmate, «name:Pete». {{Schneider}}'s first-rank symptoms: two. {{MoCA 27/30}}. Lithium
level {{0.4 mmol/L}} on {{Priadel 800 mg}} nocte; {{clozapine}} was stopped in 2019 after ANC {{0.9}}. Denies
present intent. {{Will}} and preference were discussed at length.

He was dismissed by «institution:Northmoor Parcels Ltd» in «date:January». Driving licence
«licence:NWACH 902149 CE9ZZ» surrendered to DVLA.
His sister «name:Ngozi» may be rung on «phone:07700 900 461»; «name:Emeka»'s own e-mail is
«mail:emeka_nl@webmail.example».

«name:T. Abernethy-Ssali», ST5
""",
    """Paeds clinic letter
«institution:Jacaranda Children's Hospital», «place:Private Bag X41, Bloemvlei, 9399»
Tel «phone:+27 51 555 0127»   Folder «record:JCH/2291/18»
«date:5 Maart 2024»

Dear Dr «name:van Schalkwyk»

RE: «name:Lethabo MOKGOSI-PIENAAR», ID «id:150611 5800 08 3», {{8 yrs}}

Thank you for sending this boy with {{Perthes}} disease of the left hip. He limps but plays. {{Trendelenburg}}
positive, abduction {{20 degrees}}, {{Thomas test}} 10 degrees. Films on «date:1 Mar» show {{Herring B}},
{{Catterall III}}. Weight {{24.6 kg}}, {{Hb 11.8}}. His granny, Mrs «name:Dikeledi», brings him by taxi from
«place:Thaba Phuti».

He should keep off the trampoline and have {{ibuprofen 200 mg}} tds as needed. His teacher, Meneer «name:Du Preez»
of «institution:Laerskool Rietkuil», has been given a note. {{Petrie}} casts will be considered at the next visit,
«date:7 June». «name:Lethabo»'s medical aid is «plan:GMX 0448 2217 dep 03».

Kind regards
«name:Sipho Hlatshwayo», orthopaedic registrar (MP «licence:0774129»)
""",
    """OBSTETRICS: LABOUR WARD
«name:Priyadharshini Muthuswamy» | UHID «record:TN/24/005260» | {{G3P1L1A1}} | {{32 y}} | W/o Mr
«name:Senthilnathan»
Addr: «place:No. 8/22, 3rd Cross, Thillai Nagar West», «place:Kovilpatti», PIN «place:628 599». Mob
«phone:+91 99999 00417»
EDD «date:16-03-2024», LMP «date:10-06-2023»

Admitted «date:Sat» 9 pm with pains. {{Bishop 7}}, os 4 cm, vx at {{-1}}. {{BP 142/92}}, urine albumin {{1+}}.
{{Leopold}}: cephalic, {{3/5}} palpable. FHS {{144/min}}. {{Braxton Hicks}} since last week. {{Pitocin 5 U}} in RL
at 8 drops. Delivered an alive girl 02:17, {{2.9 kg}}, {{Apgar 8/9}}. {{Erb's}} palsy absent. Episiotomy sutured
{{2-0 Vicryl Rapide}}.

Baby tag «id:BG-0310-4B». Paed: Dr «name:Fathima Beevi». «name:Muthuswamy»'s mother, «name:Kamakshi ammal», is
attending.

Discharge planned «date:12/3»; review at «institution:Sri Annai Maternity Home» on «date:26.3.24».
Dr «name:R. Ezhilarasi», DGO
""",
    """ONCOLOGY FOLLOW-UP
PT: «name:Liliana Figueiró do Amaral»   ACCT «record:4471-09-Z»   PLAN ID «plan:HZN 338 902 11 A»
SSN last four «ssn:0181»   Seen «date:March 9, 2024» at «institution:Osprey Point Cancer Center»,
«place:2210 Shoal Creek Pkwy, Marlow, FL 32999»

Ms. «name:do Amaral» is {{57}} with {{Hodgkin}} lymphoma, nodular sclerosing, {{Ann Arbor IIB}}, after cycle 4 of
{{ABVD}}. {{Deauville 2}} on the PET of «date:2/26». {{Reed-Sternberg}} cells were {{CD30+}}. {{ECOG 1}}. ANC
{{1.1}}, platelets {{214}}. DLCO fell to {{61%}}, so bleomycin is dropped; {{doxorubicin 25 mg/m2}} continues. No
{{Horner's}}. {{Port-a-Cath}} flushes well (lot «device:PAC-77120-LX»).

Husband «name:Vandeir» asks about work: he drives for «institution:Sunrail Citrus» and his FMLA form goes to fax
«fax:(352) 555-0112». She messages through «url:https://portal.ospreypoint.example/u/88213».

RTC «date:Mar 23». Page me at «phone:352-555-0190».
«name:Thaddeus Okpara», MD / dictated, not read / «name:jmv»
""",
    """OPERATION NOTE
Date «date:11/03/24»   Theatre 4   List no. «id:TH4-0311-06»
Patient «name:Seini TAUFAHEMA»   URN «record:Q 4410983»   DOB «date:30 Nov 1971»
Surgeon: «name:Beaumont-Nakata»   Assistant: «name:Liesel Graf»   Anaesthetist: «name:O'Shaughnessy»
«institution:Mount Tarrabul Hospital»

Procedure: laparoscopic cholecystectomy. {{Veress}} not used, {{Hasson}} entry. {{Calot's}} triangle dissected,
critical view obtained. {{Hartmann's}} pouch held with a {{Babcock}}. Cystic artery and {{duct}} clipped with
{{Hem-o-lok}}. {{Morison's}} pouch washed with {{0.9% saline}}. {{EBL 30 mL}}. A {{Jackson-Pratt}} left. Skin
{{4-0 Monocryl}}.
Specimen pot «record:24P-5570».

Post-op: {{enoxaparin 40 mg}} tonight, home «date:Tuesday» with her brother «name:Viliami», who lives at
«place:6/41 Cassowary Cres, Edmundton QLD 4899» (m «phone:0491 570 156»). Mrs «name:Taufahema» has a review in
rooms on «date:2 April».
Implant register: clip lot «device:HL-220-5908».
«name:LG» 11:52
""",
    """gp letter
«institution:Brynglas Surgery», «place:Ffordd y Felin», «place:Llanwrthwl», «place:LD99 1ZZ»
tel «phone:029 2018 0447»  fax «fax:029 2018 0448»
«date:12 March 2024»

Dear Colleague,
«name:Myfanwy ap Rhisiart», d.o.b. «date:3.7.33», NHS no. «record:999 000 1188»

I should be glad of your help with this lady, now «age:90». She has {{Parkinson's}} disease, {{Hoehn and Yahr 3}},
and now falls. {{Romberg}} positive, {{Dix-Hallpike}} negative. Lying {{156/80}}, standing {{118/64}}.
{{Sinemet 25/100}} qds, {{bisoprolol 2.5 mg}}. {{eGFR 44}}. Mrs «name:ap Rhisiart» fell in the rose bed; a {{rose}}
thorn in the left thumb came out whole.

Her niece «name:Angharad» keeps the shop at «place:Pont-rhyd-ddu» and is on «phone:07700 900 812». She was a cook
at «institution:Ysgol Nant Gwyn» until 1993.

Yours sincerely,
Dr «name:Iolo Cadwaladr»
""",
    """DICTATED LETTER. «name:HRP»/«name:ls». Typed «date:15/3/24», clinic of «date:13/3/24».
Dear «name:Sunniva»,
Your patient Mr «name:Will Castle», Hosp «record:W-0081-443», came with his partner, «name:Hope».
Diagnosis: 1. {{Dupuytren's}} contracture, right ring and little, {{PIPJ 40 degrees}}. 2. {{Ledderhose}} disease.
He is a {{63-year-old}} retired diver. {{Will}} he need surgery? I think so. The {{Hueston}} table-top test is
positive. {{Allen's}} test normal. {{HbA1c 48 mmol/mol}}. He takes {{apixaban 5 mg bd}}, to be held two days
before. Grip {{31 kg}}. Mr «name:Castle» might take up the offer in «date:May»; it {{may}} be later. He can be rung
at home on «phone:0131 496 0733» or through his old firm, «institution:Firth Salvage», on
«phone:0131 496 0100 extn 27».
His address has changed to «place:Flat 2F1, 88 Quarrier Street», «place:Leithgate», «place:EH99 7TT».
With kind regards,
«name:Hamish R. Pomeroy-Dhillon»
Consultant Hand Surgeon
""",
    """SOCIAL WORK ASSESSMENT    file «record:SW/2024/0391»
Client: «name:Zarghuna Stanekzai»   known as «name:Zari»   {{46}}
Interpreter (Pashto): «name:Mirwais», badge «id:INT-0087»
Date: «date:Monday 11 March»

Ms «name:Stanekzai» is on the renal ward after starting dialysis through a {{Tenckhoff}} catheter.
{{Creatinine 812}}, {{K 5.9}}, {{Kt/V 1.3}}. She lives with four children in two rooms at
«place:1140 Pell Street, Apt 9C», «place:Dunmore Heights», zip «place:07999». Rent is behind by two months. The
landlord, a Mr «name:Gus Kolodziejczyk», calls daily. Eldest son «name:Hamdard» left
«institution:Eastgate Community College» to work at «institution:Big Lou's Tire». Medicaid «plan:NJ 7719 0042 8».
SSN «ssn:900-41-7718».
{{PHQ-2}} is 3. {{Barthel 85/100}}. {{Sevelamer 800 mg}} unfilled for want of copay. She is {{grateful}},
{{guarded}}, and asks that her brother-in-law not be told.

Plan: voucher; call to housing at «phone:201-555-0138»; visit again «date:3/18».
«name:Perpetua Lindqvist», LCSW
""",
    """PHYSIOTHERAPY  out-pt   «date:Thurs 14/03»
S: «name:Jukka-Pekka Hämäläinen», {{35}}, right ACL recon («date:22 Jan», Mr «name:Devereux-Obi»). Plays at lock
for «institution:Grange Old Boys RFC». Says knee "grand". {{Pain 3/10}} on stairs.
O: {{Lachman}} firm, {{pivot shift}} neg, ROM {{0-128}}. Quad lag nil. {{McMurray}} neg. SLS 22 s vs 40 s.
{{Oxford 4+/5}}. Thigh {{-2 cm}}. {{Lysholm 78}}.
A: on track. He may {{mark}} time rather than run for two more weeks.
P: leg press {{3 x 12}}, step-downs, bike. Recheck «date:28/3». Sick note to HR at «institution:Vaskivuori Timber»:
«mail:hr-desk@vaskivuori.example».

Ref no «id:PT-60217». Case notes «record:RJ 771 204». Bike video at «url:www.kneeclub.example/jph35».
Phone «phone:0161 496 0559». Partner «name:Rhiannon» will drive him, car park permit for «vehicle:ZX99 QWP».
«name:Aoife Ní Dhomhnaill» MCSP, HCPC «licence:PH 099301»
""",
    """ICU PROGRESS NOTE   DAY 6
«name:LONGKUMER, T. AO»   BED 11   CR NO. «record:2024/ICU/00718»
«date:09-MAR-2024» 06:30

{{54 M}}, {{Guillain-Barré}} after {{Campylobacter jejuni}}. Intubated «date:04-MAR». IVIG {{0.4 g/kg}} day 4 of 5.
NEURO {{RASS -1}}, power {{2/5}} UL, {{1/5}} LL, {{Babinski}} mute.
RESP {{PEEP 8}}, {{FiO2 0.35}}, {{P/F 241}}, {{Cheyne-Stokes}} off sedation.
CVS {{norad 0.06 mcg/kg/min}}, MAP 68.
LINES R IJ by Dr «name:Lalrinpuii» on «date:5/3»; {{Swan-Ganz}} not needed. Ventilator asset «device:VENT-C3-0091»
changed for «device:VENT-C3-0107» at 03:00.
MICRO tip «record:M/3321» {{Acinetobacter baumannii}}, {{colistin}} MIC 0.5.

FAMILY wife «name:Imnala» and uncle Pastor «name:Temjen» met with me. They stay at
«institution:Baptist Guest House», «place:Laitumkhrah Cross», mobile «phone:+91 99999 00862». Mr «name:Longkumar»
has a daughter sitting boards in «date:April».

INTENSIVIST «name:D. Wahlang», REG. «licence:MLMC 1877»
""",
    """MEDICATION RECONCILIATION
| Patient | «name:Delphine Arsenault-Kakwiyâh» |
| Health card | «plan:SK 411 802 337» |
| Unit no. | «record:PA-00772-16» |
| Allergies | {{codeine}} |
| Pharmacy | «institution:Pineneedle Drugs», «place:14 Central Ave N», «place:Birch Narrows», «place:S0X 9Z9» |
| Pharm tel/fax | «phone:306-555-0128» / «fax:306-555-0129» |

Home list, confirmed with daughter «name:Josette» on «date:2024/03/11»:
1. {{Levothyroxine 88 mcg}} daily ({{Hashimoto's}})
2. {{Metformin 1 g BID}}, hold: {{lactate 3.1}}
3. {{Lasix 40 mg}} am
4. {{Spiriva 18 mcg}} inh
5. {{Fentanyl 12 mcg/h}} patch, last changed «date:Mar 8», Rx «id:6620914»
6. {{St John's wort}}, tell to stop

Blister packs are brought by driver «name:Moses» each «date:Monday». Mme «name:Arsenault» reads large print only.
Discussed with NP «name:Candace Weekusk».
Reconciled by: «name:B. Thorvaldson», BSP
""",
    """LAB CALL-BACK LOG
«date:03/11/24» 19:05  Critical value, acc «record:24-071-1188»
Pt «name:Tatum Yazzie-Holloway»  DOB «date:8/8/79»  MRN «record:MR0055218»
{{K+ 6.8 mmol/L}}, not hemolyzed. {{Cr 4.1}}, {{HCO3 14}}. Prior K on «date:03/04» was {{5.2}}.
Called Dr. «name:Quill» office, «phone:505-555-0160»: answering service. Paged covering, «name:Anselm Ruybalid»,
who rang from «phone:(505) 555 0182» at 19:22. Read back OK by «name:t. mares» (tech id «id:TM407»).
Pt reached by police welfare check at «place:Hwy 264 milepost 438, Blue Gap», no phone there. White pickup, tag
«vehicle:NMX-04Q».
Taken to «institution:Cedar Ridge Medical Center». {{Calcium gluconate 1 g}}, {{insulin 10 U}} and {{D50}}. Peaked
T on ECG; {{Cushing}} facies per ED, {{lisinopril 40}} stopped.
Also flagged: blood cx 2/2 {{Gram-positive}} cocci, {{S. aureus}} by PCR, «date:3/12» 02:40, called to RN
«name:Fern».
""",
    """AMBULANCE PATIENT CARE RECORD
Case «record:VIC-2403-55817»   Vehicle «vehicle:MICA 19» / «vehicle:1AB 9ZQ»   Crew: «name:Petrakis»,
«name:J Wongsawat»
Date «date:Sun 10 Mar»   Scene: «place:Lot 4 Gellibrand Track, Yarrowee Flat 3999»
Pt: «name:Beryl Throssell», «age:92» F. Medicare «plan:2999 41177 1 / 2»

Found on laundry floor by meals volunteer «name:Ravi». Long lie approx 9 h. L leg short and rotated. {{GCS 14}},
{{BP 104/58}}, {{HR 54}}, {{BGL 6.1}}, {{T 33.9}}. {{Bair Hugger}} in use. {{Methoxyflurane 3 mL}}, then
{{fentanyl 25 mcg}} x2 IN. {{Thomas}} splint not applied. {{Pain 8}} to {{4}}. Anticoagulant: {{Xarelto 15}}.

Pacemaker card: serial «device:PJN 800661 S». NOK son «name:Clem Throssell», «phone:0491 570 110», is at the
abattoir («institution:Hardwick & Daughters») until 3.
Conveyed code 1 to «institution:Ballan Base Hospital», triaged cat {{2}} by Sr. «name:Nakamura».
«name:Beryl»'s dog is with next door, the «name:Fitzgibbons».
""",
    """LETTER OF DISCHARGE, ALL WARDS
«institution:ST. BRANNOC'S GENERAL INFIRMARY»
«place:CASTLEMOAT ROAD», «place:ENNISDUFF», «place:CO. CLARE»
TEL: «phone:020 912 0144»

PATIENT: «name:MAC GIOLLA PHÁDRAIG, EOIN»     CHART: «record:C-118834»
DOB: «date:17/09/1966»      ADM: «date:27 FEB»     DISCH: «date:05 MAR 2024»
CONSULTANT: MS «name:FEHINTOLA ADEGBITE-BYRNE»

DIAGNOSIS: {{MALLORY-WEISS}} TEAR. HB {{7.9 G/DL}} ON ARRIVAL, {{9.6}} AT DISCHARGE. TRANSFUSED {{2 UNITS RCC}}.
{{GLASGOW-BLATCHFORD 9}}. OGD: ONE CLIP, {{BARRETT'S}} {{C2M4}}, {{FORREST IB}}. {{H. PYLORI}} NEGATIVE.
MEDS: {{PANTOPRAZOLE 40 MG BD}}. STOP {{DIFENE}}.
SOCIAL: LIVES WITH BROTHER «name:FIACHRA»; BOTH WORK AT «institution:TULLA CREAMERY CO-OP». MR
«name:MAC GIOLLA PHADRAIG» HOLDS MEDICAL CARD «plan:CX 88 041 99 B».
REPEAT OGD WEEK OF «date:6 MAY». GP DR «name:NUALA HESTER» TO CHECK FBC ON «date:TUESDAY 12TH».

SIGNED «name:P. KUMARASINGHE», INTERN, BLEEP «phone:417»
""",
    """from the night hosptal doctor, typed in a hurry, «date:10 mar 24»
«name:agnieszka zajac-mbeki» , {{52 yr}} , hosp num «record:k 90 4471» , transfered form
«institution:little haven nursing hme» at 1 am
brought becuase of confusoin. {{amts 4/10}}, {{na 118}}, {{osm 251}}, urine na {{44}}. {{wernicke}} considerd,
given {{pabrinex i+ii}}. no {{kernig}}, no {{brudzinski}}. ct hed normal. her freind «name:dorota» sais she drank
alot since «date:xmas eve». mrs «name:zajak-mbeki» fell at the bus stop on «place:thornbury cresent» on «date:fri».
plan: {{hypertonic 2.7% 150 ml}}, max {{8 mmol/24h}}, stop {{sertraline}}.
spoke to med reg («name:osagie», bleep via swich «phone:0114 496 0306») and to carer line «phone:07700900233».
her purse has a buss pass, no «id:6335 9900 3186 02», and a letter from work, «institution:pennine biscuits».
daugter flies in «date:wensday».
dr «name:l. fernando-price», f2
""",
    """COMMUNITY NURSE VISIT (wound)
Visit: «date:Wed 6/3»; next «date:Sat 9/3»
Client: «name:Tjilpi Nampitjinpa-Ross», HRN «record:330 7718», at «place:House 44, Top Camp», via
«place:Mt Dolomite Station», NT «place:0899»
Clinic: «institution:Wirrpanda Health Aboriginal Corp.», sat phone «phone:+61 491 571 266»

{{58 y}}. R foot: {{Charcot}} arch, plantar ulcer {{3.2 x 2.1 cm}}, {{Wagner 2}}. {{Semmes-Weinstein}} absent 8/10.
{{ABI 0.91}}. Doppler by {{Huntleigh}}. BGL {{16.3}}. {{Betadine}}, {{Aquacel Ag}}, {{Velband}}. Swab grew
{{Proteus mirabilis}}. Given {{Bicillin}} for the {{RHD}} list too: «date:28 Feb», due «date:27 March».

His cousin-brother «name:Japaljarri» drives him in the troopy (rego «vehicle:CD 41 QQ»). The store,
«institution:Spinifex Traders», will hold the insulin fridge. Old man said to call him "«name:Nugget»"; other
people in the community should not see the photos (camera card «id:WND-0603-A»).

«name:Shaz Dimitriou», RAN
""",
    """Fwd: Re: transfer of care — pasted into chart by «name:N. Abubakar-Lund»
From: «name:Corneliu Bălănescu» <«mail:c.balanescu@tidewater-ortho.example»>
To: «mail:intake@wrenhollow.example»
Sent: «date:Monday, March 11, 2024» 4:52 PM (client «ip:203.0.113.77»)

Hi «name:Nafisa»,
Sending Ms. «name:Quynh-Chi Delacroix» your way, MRN «record:TOA0077412». {{49F}}, s/p {{Lisfranc}} ORIF.
{{Sudeck}} atrophy on film, {{Budapest criteria}} met. {{Gabapentin 600 TID}}, {{vitamin C 500 mg}}. ESR {{11}}.
Hardware: plate lot «device:LF-3.5-88124».
Her adjuster, «name:Bud Haskins», wants the visit note; claim «id:WC-2023-0991-7», fax «fax:(757) 555-0148».
She hurt herself at «institution:Norwick Shipfitters» when a dolly rolled over the {{navicular}}. {{Hawkins}} type
I talus at the time. She {{can}} weight-bear in a {{CAM}} boot.
Films at «url:https://pacs.tidewater-ortho.example/s?uid=77412.9».
Thanks, «name:Corey B.»
cell «phone:757.555.0103»
""",
    """INPATIENT HOSPICE — NURSING
Resident: Sr. «name:Mary Ancilla Agwuegbo». Chart says «name:Agwuegbo, Mary A.»; her order calls her Sister
«name:Ancilla».
Room 6. Record «record:HSP-6-2211». «date:March 10th».
Age «age:97». From «institution:Convent of the Holy Thorn», «place:301 Abbey Lane», «place:Millbrae»; superior
Mother «name:Ludwina», «phone:414-555-0171».

{{Cheyne-Stokes}} pattern with 20-second pauses. {{PPS 10%}}. {{Morphine 5 mg SL}} q2h, {{Ativan 0.5}} x1,
{{Levsin}} drops for secretions. {{Kennedy}} ulcer on the coccyx, {{4 x 3 cm}}, purple. {{RASS -4}}. {{Foley}} 40
mL, amber. She murmured a prayer to the {{rose}} window and slept.
A niece, «name:Obiageli», flew from «place:Enugu» on «date:Friday» and sits with her. {{Christian}} rites were
given by Fr. «name:Stan» at 14:00.
Body to go to «institution:Voss & Sons Funeral Home» when time comes.
«name:Dorcas Tillinghast» LPN
""",
    """NEONATAL UNIT SUMMARY
Baby of «name:Nalani Tuiasosopo» (twin II, "«name:Fetu»")
Unit no «record:NICU 2402-118B»   Mother's «record:MAT 774 0092»
Born «date:29 Feb 2024» 04:18, {{29+3 weeks}}, {{1180 g}}. {{Apgars 5, 7, 8}}. {{Curosurf 200 mg/kg}}. {{Ballard}}
in keeping. CPAP {{6 cmH2O}}. Caffeine {{10 mg/kg}}. Cranial US: {{Papile I}} left, on «date:4/3». {{Guthrie}} card
«id:GC 40 99 17 Z» sent «date:3 Mar». {{Moro}} symmetrical. SBR {{142}}. {{Serratia}} screen negative.

Transport incubator «device:TI-0442» returned to «institution:Kororareka Women's» by helicopter «vehicle:ZK-HXQ» on
«date:Thursday».

Father, «name:Sione Leota-Marsh», is at sea with «institution:Deep Southern Fisheries» till «date:mid-April»; aunty
«name:Lupe» has consent to cuddle. Contact «phone:+64 20 0555 0119».
Consultant: «name:Ewa Frąckowiak». Registrar: «name:D.J. Tipene».
""",
    """Sleep and Respiratory Clinic
«institution:The Royal Penhallow», «place:Truscott», «place:TQ99 3JN»
Our ref: «id:SRC/AKB/0277»    Date dictated: «date:8th of March 2024»

Re: Miss «name:Bethan Sweet», «place:9 Bury Fields», «place:Polgarth»
Hospital number: «record:RP 0099381»

Dear Dr «name:Young»,
This {{41-year-old}} baker was reviewed with Ms «name:Long», our nurse. {{Epworth 17/24}}, {{Mallampati IV}}, AHI
{{38/h}}, BMI {{39.4}}. {{Pickwickian}} picture less likely with a {{bicarbonate of 25}}. No {{Curschmann}} spirals
ever recorded. FEV1 {{2.31 L}} ({{84%}}). Miss «name:Sweet» slept on CPAP at {{10 cm}} for {{5.4 h}}. She has a
{{sweet}} tooth, a {{long}} uvula and a {{young}} child.

Machine: serial «device:23-2218-8840K». Data are at «url:https://cpap.penhallow.example/p/0099381». She must tell
DVLA; lorry licence «licence:SWEET 853174 B99ZX».
Employer: «institution:Oggy & Crumb». Review on «date:10 Sept».

«name:Abhijit K. Bandyopadhyay»
Secretary: «name:Moira», «phone:01632 960 077»
""",
    """CARDIOLOGY CONSULT — «institution:Sagebrush Heart Institute»
Requesting: «name:Winona Two Bulls», MD    Consultant: «name:Y. Abdirahman», MD
Pt «name:George Standing Crow Jr.» | {{71M}} | MRN: «record:8800-51-7» | FIN «record:771904418»
DOS «date:03.10.24»

HPI: Known {{Ebstein}} anomaly. Syncope at the «institution:Wolf Butte Elementary» gym where he refs basketball,
«date:Saturday». EMS strip: {{torsades}}; {{magnesium 2 g}} IV. {{QTc 538}} ({{Bazett}}), {{Fridericia 512}}. Home
{{methadone 60 mg}}, {{Zofran}} prn. {{K 3.1}}. {{Levine 3/6}} at LLSB, {{Kussmaul}} absent. {{CHA2DS2-VASc 3}}.
Loop recorder sn «device:RLA 662 019 G» read: 2 runs, «date:2/14» and «date:3/9».
Wife «name:Delphia» says his uncle also dropped dead near «place:Porcupine Creek».

Rec: stop methadone, {{nadolol 40}}, ICD. Mr. «name:Standing Crow» {{will}} think on it. VA card
«plan:VA 5511-0932». Remote at «ip:198.51.100.24», clinic «phone:(605) 555-0109».
«name:Abdirahman» 1745
""",
    """SURGICAL DISCHARGE (India)
«institution:Shanthi Nikethan Mission Hospital», «place:Chungam», «place:Alathur», Kerala — «place:679 999»
IP No: «record:24/IP/3371»   Name: «name:K. P. Unnikrishnan Ezhuthachan»   {{66 yrs}}/M
S/o: «name:Parameswaran»    DOA «date:28-2-24»    DOD «date:8-3-24»
Unit: Dr «name:Thankamma Varkey» / Dr «name:Ajmal T.V.»

Pt c/o reducible swelling Rt groin × 3 yrs. {{Hesselbach}} direct hernia. {{Lichtenstein}} mesh under SA with
{{Prolene 2-0}}. FBS {{132 mg%}}, PPBS {{188}}, {{Tab. Glycomet 500 BD}}. {{ASA II}}. {{Fournier's}} ruled out. POD
2: scrotal haematoma, {{Scarpa's}} fascia intact, conservative. {{Inj. Monocef 1 g}} × 3 days.

Adv: no lifting × 6 wks. Sutures out on «date:13th» inst.. «name:Unnikrishnan» sir's bill is cleared by
«institution:Malabar Coir Board Employees' Society», policy «plan:MCB/0091/77A». Aadhaar «id:9999 4105 7058 x».
For emergency: «phone:0492 2555 0134» or bystander «name:Sreekumar», «phone:99999-00745».
""",
    """GP LETTER (CAPE)
«institution:Groenvlei Family Practice» | «place:12 Kloof Str, Riebeek-Suid, 7399» | «phone:022 555 0188»
«date:2024/03/08»

To: The Registrar, Medicine, «institution:Hottentots-Kloof Hospital»
Patient: «name:Nomvuyo Ntshinga», "«name:Vuvu»" to her friends, ID no. «id:720419 0800 08 9», File «record:GFP-3318»

Thanks for seeing her urgently. {{51}}, HIV on {{TLD}}, CD4 {{88}}, VL {{41 000}}. Cough 6/52, night sweats,
{{wt 46 kg}} from 58. {{GeneXpert}} pos, {{rif sensitive}}. {{Pott's}} disease suspected: gibbus at {{T8-9}}, power
{{4/5}}, {{Babinski}} upgoing on left. {{Rifafour 3 tabs}}. {{Ziehl-Neelsen}} 2+. Last X-ray at
«institution:Du Toit & Partners», «date:Feb 27».

«name:Nomvuyo» works on the farm «institution:Welgemoed Wines»; foreman Oom «name:Sarel» will bring her
«date:Maandag» in the bakkie (CA «vehicle:CFX 40091»). Her sister in «place:Gugulethu Ext 3», «name:Thandeka», can
be texted: «phone:+27 71 555 0193».

Groete
«name:L. Esterhuizen», Pr. no. «licence:0141 7770»
""",
    """EMERGENCY PHYSICIAN NOTE
«name:PACHECO-WHITEHORSE, LUZ M»   Arr «date:03/09/24» 2117   HAR «record:6100-44718»
Seen by: «name:Beck», MD; scribe «name:Colles, T.»

{{19F}} FOOSH skating at «place:Riverbend Rink on 8th St». {{Colles}} fracture L, {{dinner-fork}}. NV intact, cap
refill {{<2 s}}. {{Salter-Harris}} n/a. Hematoma block {{lidocaine 1% 10 mL}}; reduced by Dr. «name:Beck».
{{Beck's}} triad not applicable to the case but FAST neg after fall on chest. Post: volar tilt {{8°}}, radial
height {{11 mm}}. {{Norco 5/325}} #8. LMP «date:2/20», {{hCG neg}}. {{Tdap}} given, lot «id:U7718AX».

Pt drove self; roommate «name:Ximena» to fetch her in blue car «vehicle:7ZXQ044». Student at
«institution:Ponderosa State», student ID «id:S00390722». Insurance «plan:PSU-SHIP 996722».
Ortho «name:Galeazzi-Horne» in clinic «date:Thu 3/14». Ms «name:Pacheco» can call «phone:575-555-0155».
""",
)
