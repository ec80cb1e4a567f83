"""Notes of a third hand, the second half: see `exam_notes`."""

NOTES: tuple[str, ...] = (
    """Home visit, health visitor. «date:Monday 4th March».
Family: mum «name:Oluwadamilola ("Dami") Fashanu», dad «name:Kit», baby «name:Teniola», {{6 weeks}}, NHS no.
«record:999 077 4410».
At «place:31b Gasworks Cottages», «place:Low Fell End», «place:NE99 8HH». Buzzer broken, ring «phone:07700 900 376».

Weight {{4.72 kg}}, {{50th centile}}. {{Barlow}} and {{Ortolani}} neg. Red reflex seen. {{Mongolian}} blue spot
over sacrum, body-mapped. Breast fed with {{Abidec 0.3 mL}}. {{EPDS 14}}; item 10 nil. She {{may}} see someone.
{{Candida}} nipples: {{miconazole}}. 8-week jabs booked «date:18/3» with Dr «name:Pugh» at
«institution:Coalstaithe Medical Group».

Dad back at «institution:Tyneforge» on nights. «name:Teni»'s big brother, «name:Ayo», goes to
«institution:St Hild's First School» nursery. Discussed safe sleep; grandmother Mrs «name:Adebanjo» coming from
«place:Ibadan» in «date:April».
«name:Shirley Crook-Anand», HV
""",
    """NEUROLOGY INPATIENT FOLLOW-UP «date:3-8-2024»
Pt: «name:Hoàng Văn Thịnh-Ramos» (goes by «name:Ted») / enc «record:E88410027»
Intern: «name:Zoltán Cseh» / Attending: «name:Marchetti-Bloom»

{{67M}} L MCA stroke «date:3/5», TICI {{2b}}. {{NIHSS 14}} to {{9}}. {{Broca's}} aphasia, R {{Hoffmann}} pos,
{{Babinski}} up. {{Wernicke's}} area spared. A1c {{8.2}}, LDL {{141}}: {{atorvastatin 80}}. EF {{55-60%}}. Afib on
tele «date:Thurs» night; {{Eliquis 5 BID}} from «date:3/12». {{Weber}} no, {{Wallenberg}} no. mRS {{3}}. He named a
{{daisy}}, a {{bill}} and a {{frank}} on the card; missed a {{penny}}.

Wife «name:Consuelo» (cell «phone:210-555-0147») and son-in-law «name:Trey» at bedside. Mr. «name:Hoang» retired
from «institution:Alamo Tool & Die». Rehab referral to «institution:Live Oak Rehab Pavilion» faxed
«fax:210.555.0196»; auth «plan:AUTH-33018842-Q».

«name:Z. Cseh» PGY1, pager «phone:1177»
""",
    """DERMATOLOGY PATH CORRELATION
From: «institution:Nordlys Skin Clinic», «place:Suite 410, 99 Harbour Rd, Port Wexley, NS B0X 0X9»
Ph «phone:902-555-0116»  Fx «fax:902-555-0117»
Patient «name:Tuuli MacEachern-Saari»; HCN «plan:0044 178 229»; DOB «date:1949.12.01»
Path no. «record:DP-24:00917»

A {{74-year-old}} lobster-boat cook with a {{6 mm}} papule on the left {{ala}}. Shave «date:Feb. 29th».
{{Breslow 0.4 mm}}, {{Clark II}}, mitoses {{0}}. {{Spitz}} features not seen. {{Mohs}} for the second, a BCC, by Dr
«name:Whitney Paul». {{Nikolsky}} negative. {{Efudex 5%}} to the scalp; {{Bowen's}} at two sites. {{Grover's}} on
the trunk.
Ms. «name:MacEachern» reads her mail as «mail:tuuli49@eastmail.example». Photo set «id:IMG_2029-41». Her skipper,
Captain «name:Alphonse LeBlanc-Doucet», of the «vehicle:F/V Marie-Soleil», has the same tan.
Recheck in «date:June».
«name:E. Ogunbiyi-Strand», FRCPC
""",
    """DIALYSIS RUN SHEET
+------------------+---------------------------+
| NAME             | «name:FIGUEROA TORO, WILMER A.» |
| SS#              | «ssn:987-65-4320» |
| UNIT ID          | «record:DX/0071/W» |
| DATE / SHIFT     | «date:11MAR24» / 2nd |
| MACHINE          | «device:5008S-0VX44810» |
| MCR              | «plan:1EX4-TE9-MK00» |
+------------------+---------------------------+
Dry wt {{71.5 kg}}, pre {{74.2}}, post {{71.8}}. {{BP 171/88}} to {{128/70}}. {{Qb 400}}, {{Qd 600}}, {{F180}}.
{{Brescia-Cimino}} fistula, thrill good; {{Buttonhole}} 15G. {{Heparin 3000 U}}. {{Epogen 4000}}. {{URR 72%}}.
{{Staph epidermidis}} on «date:2/26» cleared.

Cramp at hr 3, {{NS 200}}. {{Alport}} family: brother «name:Yeison» on list at
«institution:Tres Palmas Transplant». Ride by «institution:GoCoquí Transport», van «vehicle:TX-77-PR». Mr.
«name:Figueroa» asks to move «date:Good Friday» to «date:Sat. 3/30».
RN «name:Marangely Soto-Kim» ; tech «name:d.w.»
""",
    """OPHTHALMOLOGY casualty, «date:7th Mar»
«name:Siôn Llewellyn-Haddad», «record:EYE 55 0912», {{26}}, of «place:Tŷ Isaf», «place:Cwm Bargod»,
«place:CF99 1NA». welder at «institution:Dragon Fabrications»

R eye FB since «date:Tuesday». VA {{6/9}} R, {{6/5}} L. {{Seidel}} neg. {{Descemet's}} clear. {{Bowman}} layer scar
{{0.5 mm}} at 4 o'clock. IOP {{14/15}} by {{Goldmann}}. {{Schirmer}} not done. {{Ishihara 17/17}}. {{Marcus Gunn}}:
nil. Foreign body lifted with needle, {{Alger}} burr for rust. {{Chloramphenicol 0.5% qds}}; {{cyclo 1%}}. Grew
nothing for {{Acanthamoeba}}.

Mr «name:Llewelyn» can {{see}} to drive in 2 days. No visor; HSE ref «id:F2508-00030». Partner «name:Nadia» gave
«phone:07700 900 655». His optician, «institution:Gwilym & Rudge», fax «fax:029 2018 0906», wants a copy.
Seen by «name:Tolu Ikpeazu», ST3
""",
    """RHEUMATOLOGY — dictated by Dr «name:Anneliese Vuković-Park» on «date:9 March»; transcribed «date:12 March» by
«name:Bronwyn»
cc: Dr «name:Rajalakshmi Iyengar», «institution:Lorikeet Street Medical», «place:2/18 Lorikeet St»,
«place:Wattle Gully», VIC «place:3998»

RE: Mr «name:Matiu Heke-Rangihuna». Ref «record:RH.40.1177».

Problems: {{Behçet's}} with {{HLA-B51}}; {{Raynaud's}}; {{Baker's}} cyst. {{Pathergy}} positive. On
{{colchicine 0.5 mg bd}}, {{prednisolone 7.5 mg}}, and {{adalimumab 40 mg}}. {{QuantiFERON}} negative. CRP {{9}},
ESR {{22}}. {{Schober 15 to 19.5 cm}}. {{Finkelstein}} mild. {{BASDAI 3.4}}.
At {{33}} he is back driving the tram (badge «id:YT-3307») for «institution:Bayline Trams». «name:Matiu»'s wife,
«name:Teuila», counts his tablets. Pen lot «device:AH40-22871».

He flies to «place:Ōpōtiki» on «date:Easter Saturday» and returns «date:14/4». Phone review «date:15 April»,
«phone:(03) 5550 0431».
""",
    """urology nurse tel. call
«date:12.3.24» 09.15
Rang Mr «name:Ignatius D'Souza-Prabhu» on «phone:01632 960 551». Hosp no «record:u/772/0031». age «age:91». wife
«name:Philomena» took the call as he is deaf.
TWOC at home yesterday week, «date:4/3»: passed {{350 ml}}, residual {{80}}. now dribbling, {{IPSS 19}}.
{{tamsulosin 400 mcg}}, {{finasteride 5}}. PSA {{6.8}}. {{gleason 3+4}} in 2018, {{pi-rads 4}}. urine: {{e. coli}},
{{trimethoprim R}}, {{nitrofurantoin S}}. {{peyronie}} no change. size 14 {{coudé}} in cupboard, lot
«device:CH14/0091/E».
they live at «place:Goa Cottage, 5 Lych Gate» in «place:Thirlmoor», key safe «id:C8240X». district nurse «name:Pam»
goes in «date:weds». parish priest Canon «name:Twomey» has spare key.
Plan: bladder scan at «institution:Thirlmoor Cottage Hosp.» on «date:Fri 15th»; Mr «name:D'Sousa» to bring bottle.
«name:Kwabena Osei-Frimpong» CNS
""",
    """DENTAL / MAXFAX REFERRAL
«institution:Molar Bear Dental», «place:Shop 3, Curlew Arcade», «place:Yeppoonah» Q «place:4799», ph
«phone:07 5550 0123», «mail:desk@molarbear.example»
For: «name:Ana-Sofia Brandão Kuhlmann», born «date:12 Aug 1996», card «plan:4299 55017 3 ref 1»
«date:Thurs. 7 March 2024»

{{27 y.o.}} scuba guide, 38 partly erupted, {{Pell and Gregory}} IIB, {{Winter's}} mesioangular. Trismus {{24 mm}}.
{{Ludwig's}} not present; {{T 37.8}}. {{Stensen's}} clear. {{Augmentin Duo Forte}} bd, {{metronidazole 400}}.
{{Fusobacterium}} in past. {{Le Fort I}} in 2015. OPG «record:OPG-240307-11» attached. {{von Willebrand}}: mother
«name:Heloísa» has it, factor {{48%}}.
Boss at «institution:Reef & Beyond» needs a certificate to «date:Mon 11th». Ms «name:Brandao» prefers to be called
«name:Sofi».

Thanks
«name:Tran Gia Bảo» BDSc, «licence:DEN0009 6281»
""",
    """GASTRO CLINIC (typed by registrar in lower case)
pt «name:mohammad daud ahmadzai» / mrn «record:0-771-330» / «date:march 6»
seen at «institution:fraser ridge hospital», «place:surrey heights», bc

{{37m}}, {{wilson's}} disease on {{trientine 750 bid}}; {{kayser-fleischer}} rings fading. {{ceruloplasmin 0.06}},
24h cu {{6.1 umol}}. {{child-pugh a5}}, {{meld 9}}. {{gilbert's}} noted by old gp, bili {{31}}. us «date:jan 30»:
no focal lesion. {{zenker's}} excluded. hep b imm. {{h. pylori}} treated.

brother «name:gul agha» needs screening, as do «name:laila» and the twins («name:omid» and «name:arash»). mr
«name:ahmadzai» works for «institution:kabul kitchen» on «place:king george blvd»; shift change means calls after 3
at «phone:604-555-0135». phn «plan:9077 000 948».
rtc in «date:september»; he {{will}} do a zinc level before.
«name:wm. strachan-oyelowo» r5, for dr «name:bhullar»
""",
    """AUTOPSY PRELIMINARY
Decedent: «name:Ezra Blackgoat-Simmons»   Case «record:ME 24-0331»   Pronounced «date:8 March 2024», 05:51
Found at «place:Sandhill Motor Lodge, Rm 12», «place:Tohlakai»; next of kin «name:Verna» (mother),
«phone:505 555 0133».

External: {{46}} years, {{188 cm}}, {{96 kg}}. Tattoo of a {{rose}} over left deltoid. {{Tardieu}} spots on the
legs. {{Battle's}} sign absent.
Heart {{510 g}}; LAD {{80%}}. {{Meckel's}} diverticulum, incidental. {{Mönckeberg}} sclerosis. {{Laennec}}
cirrhosis, liver {{2140 g}}. {{Zenker}} necrosis none. Vitreous Na {{141}}, glucose {{38}}. Femoral ethanol
{{0.21 g/dL}}, {{fentanyl 3.1 ng/mL}}.

Property: licence «licence:NM 099219720», truck «vehicle:LZX-771», pay stub from «institution:Gallup Ridge Gravel».
Body released to «institution:Cope-Arroyo Mortuary» on «date:Saturday».
Toxicology no. «record:TX-24-8830» due late «date:March».
«name:Hildegard Amoah», MD; diener «name:R. Nez»
""",
    """HAEMATOLOGY TELEPHONE ADVICE
Time 14:05, «date:Wed 13 Mar 24». Caller: Dr «name:Eilidh Urquhart-Mensah», «institution:Isle of Skarra Hospital»,
«phone:01632 960 904».
Pt: «name:Torquil "Tocky" MacAskill-Bose», CHI «record:071155 9919», {{68}}.

{{Waldenström's}}, IgM {{41 g/L}}, viscosity {{5.8 mPa.s}}. Nose bleed 3 h. {{Hb 78}}, {{plt 44}}, {{INR 1.3}}.
{{Bence Jones}} 0.4 g/L. {{Coombs}} neg; {{Howell-Jolly}} bodies (spleen out in 1988). {{Rituximab}} last given
«date:19/2» by Prof. «name:Lindiwe Sangster».
Advised: no red cells till exchanged, {{tranexamic acid 1 g}} tds, cover for {{Capnocytophaga}} as his collie bit
him.

Transfer by air, flight ref «id:SAS-0313-22», to bed held by charge nurse «name:Colette». Mr «name:McAskill» keeps
the post van («vehicle:SK99 AXR»); the postmistress, «name:Ishbel», is his contact on «phone:01632 960 311». His
croft is at «place:5 Upper Tarsgarry».
Advice by «name:FdM», SpR
""",
    """ALLERGY & IMMUNOLOGY OUTPATIENT
«institution:Bonnie Doon Specialty Clinic» «place:Edgerton», AB «place:T0B 9X9»
Name: «name:Oleksandr Hrytsenko-Bull»   Chart: «record:BD*40917»   PHN: «plan:99999-0935»   Age: {{12}}  
Accompanied by: «name:Halyna» (baba)
Visit: «date:March 5/24»

Stung by a yellowjacket at «institution:Camp Wapiti» on «date:Aug. 19, 2023»; {{Mueller III}}.
{{Epinephrine 0.3 mg}} IM x2, tryptase {{14.2}} then {{3.9 µg/L}}. {{Skin test 1:1000}} positive. Eczema:
{{SCORAD 31}}; {{Dennie-Morgan}} folds; {{Darier's}} sign negative. FeNO {{38 ppb}}. {{Flovent 125}} 2 puffs BID,
{{Aerius 5 mg}}.

Plan: venom immunotherapy. {{EpiPen}} lot «device:EP8GU181» for home and one for
«institution:Vegreville Road Junior High» (attn: Mme «name:Cardinal», fax «fax:780-555-0125»). «name:Oleks» wants
to play hockey, fine. Baba can call «phone:780-555-0162» after six.
Next: «date:9 May» (he {{may}} come alone).
«name:Sukhdeep Gill-Lafontaine», MD FRCPC
""",
    """STROKE REHAB — OT/SLT JOINT ENTRY
«date:Tues. 12.03.» wk 3
Mrs «name:Concepción Ibarguren», known to us as «name:Conchi». Bay C. No. «record:SR-118/24». From
«institution:Casa Verde Retirement Living», «place:Glenhuntly Pde», «place:Maroo».

SLT («name:Ffion»): {{Frenchay}} speech grade 3, {{IDDSI 4/2}}. {{Boston Naming 31/60}}. Ate {{100%}} of lunch.
Cough ×1 on thin. {{Rosenbek 5}}.
OT («name:Ngaire»): {{Rivermead 8/15}}, {{MMSE 22/30}}, {{Ashworth 1+}}. Neglect on star cancellation,
{{Bells 19/35}}. Kettle task safe with prompts. {{Zimmer}} frame ×1.

Age given as {{79}}; passport shows 1944. Mrs «name:Ibarguen»'s grandson «name:Xabier» brings cider, told no. He
may be texted on «phone:0491 570 313». Home visit «date:Thursday 21st»; wheelchair asset «device:WC 0441» on loan
from «institution:Mobility Barn». NDIS/plan no. «plan:43 0099 9090».
Signed «name:FB» / «name:NW», team lead «name:Lachlan Quach»
""",
    """ORTHOPAEDIC PRE-ADMISSION
PATIENT LABEL: «name:SILVERSTONE-OKONJO, RAFE» | UR «record:0 882 917» | M | {{72}} | «place:3 Kirk Wynd»,
«place:Auchtermellie», «place:KY99 2AB»
Clinic «date:01/03/24»; operation «date:18/03/24»; surgeon Mr «name:Bankart»

R shoulder, old {{Bankart}} and {{Hill-Sachs}} lesions, now cuff arthropathy ({{Hamada 4}}). {{Oxford score 14}}.
{{Constant 31}}. ECG SR {{64}}, {{PR 220 ms}}. {{Hb 131}}, {{ferritin 18}}, MRSA neg. {{ASA 3}}. Stop
{{ramipril 5 mg}} on the morning. {{Chlorhexidine 4%}} wash. {{Cutibacterium acnes}} risk explained:
{{benzoyl peroxide}}.

Anaesthetist Dr «name:Parvaneh Sohrabi» noted a crown at {{UL1}}. Latex OK. His carer is neighbour
«name:Christmas, Noelle», on «phone:01632 960 620»; e-mail «mail:rafe.s-o@auchter.example».
Mr «name:Silverstone» taught at «institution:Bell Baxendale Academy». Hip of 2016: implant sticker REF
«device:6260-9-236» LOT «device:7VX».
PAC nurse «name:Morag», «date:1/3»
""",
    """ADDICTION MEDICINE, NURSE PRACTITIONER
Client code «id:HRT-0378-mjk»; legal name «name:Marisol Jaramillo-Kaye», chosen name «name:Juniper». DOB
«date:6/21/95».
Intake «date:Leap Day»; today «date:Tue, Mar 12».

COWS {{11}}. Last fentanyl 14 h ago. {{Suboxone 8-2}} SL film, half; repeat. UDS: {{fent+}}, {{xylazine+}},
{{THC+}}. R forearm ulcer {{5 x 3 cm}}, {{Staph lugdunensis}}. {{Hep C RNA 1.2 million}}, {{genotype 3}}.
{{Narcan 4 mg}} x2. {{Janeway}} lesions no, {{Osler}} no. LFTs {{AST 88}}.

Lives in a van, gray, tag «vehicle:4KX-T91», parked behind «institution:Saint Brigid Outreach» on
«place:Water Street». PO: Officer «name:Deion Maddox», «phone:206-555-0107». «name:Juniper» works mornings at
«institution:Doughy Dan's». OK to text «phone:206-555-0174», never to call. Medicaid «plan:WA000657722WA».
Friend «name:Bear» is Narcan-trained. Return «date:3/15» w/ «name:A. Featherstonhaugh» NP; MAT fax
«fax:206-555-0121».
""",
    """TROPICAL MEDICINE LETTER
«institution:Hospital for Returning Travellers», «place:11 Wapping Stairs», «place:London», «place:E99 4TT»;
«phone:020 7946 0817»
«date:6th March, 2024»

Dear Dr «name:Featherstone»,
Mr «name:Raimundo Nonato de Jesus Cavalcante», our no. «record:HRT/88/1170», was seen with his friend
«name:Edilson». He is {{36}}, from «place:Santarém» in Pará, and lays floors for «institution:Bow Parquet».
{{Chagas}} serology is positive ({{ELISA 4.1}}), {{Machado-Guerreiro}} likewise. {{Romaña}} sign not recalled. ECG
{{RBBB}}. {{Giemsa}} thick film negative; {{Strongyloides}} IgG {{0.9}}. Eosinophils {{1.8}}. {{Duffy}} negative. I
offered {{benznidazole 5 mg/kg}} for 60 days and {{ivermectin 200 mcg/kg}} once. He will be wed in «date:August»,
and not before will he travel.

Mr «name:Calvacante» donated blood on «date:12 Jan» (donation «id:G0 975 24 880 917 X»); I've rung the service,
speaking with «name:Gillian».

Yours,
Professor «name:Úna Weatherhead»  GMC «licence:7704323»
""",
    """ENT WARD ROUND «date:Fri 8/3»  cons: Mr. «name:Eustace Bellini»; present SHO «name:Farrukh», Sr. «name:Peaches»
bed 3 «name:Krystal-Lee Vaimauga» / «record:N 40771-3» / {{24}}
{{Quinsy}} L drained 8 mL, {{Strep milleri}}. {{Lemierre's}} excluded, IJV patent. {{Centor 3}}, {{T 38.1}}, WCC
{{19.2}}. {{Benzylpenicillin 1.2 g}} qds, {{dexamethasone 6.6}}. Uvula midline. {{EBV}} neg. {{Waldeyer's}} ring
bulky.
Eat, swap to oral, home {{tomorrow}}. To her mum's: «place:8 Arkwright Ct», «place:Slaithby», tel
«phone:0113 496 0287» (mum «name:Moana»). sick note for «institution:Flame House Chicken» till «date:15th».

bed 4 Mr «name:Oddvar», first name «name:Knut», «record:N 40780-9», {{81}}: epistaxis, {{Rapid Rhino}},
{{Little's}} area. {{INR 4.8}} on {{warfarin 3}}. Hold; {{vit K 1 mg}}. daughter «name:Solveig» wants a call at her
office, «phone:0113 496 0500».
notes by «name:F.A.»
""",
    """GENETICS CLINIC SUMMARY
«institution:Three Sisters Regional Genetics»   Family no. «record:GEN-F-00931»   Sample «record:DNA24.1177»
Proband: «name:Ishaan Venkataraghavan», {{4 years}}; sister «name:Meenakshi», {{9 months}}; parents «name:Usha» and
«name:Mohan»
Seen on «date:7.III.2024» by Dr «name:Cornelius Overbeek»

{{Marfan}} features: arm-span ratio {{1.06}}, {{Steinberg}} and {{Walker-Murdoch}} signs, {{Ghent score 8}}, aortic
root {{Z +3.1}}. {{FBN1 c.4082G>A}}, heterozygous. {{Ehlers-Danlos}} and {{Loeys-Dietz}} panels clear.
{{Losartan 0.6 mg/kg}}.
«name:Mohan»'s late father, «name:Raghu», died in «place:Tiruchengode» on «date:15 Jan 2009», of a "burst vessel";
the {{mode}} is dominant ({{50%}}).

Letters to «institution:Little Acorns Preschool»; e-mail «mail:usha.v@mohanfamily.example»; video visits at
«url:meet.3sisters.example/r/F00931» (logged from «ip:2001:db8::417»). Next echo «date:5.IX.2024».
Counsellor: «name:Bich-Ngoc Farrell», «phone:+1 360 555 0158»
""",
    """PRISON HEALTH REC
Inmate «name:TREMBLAY-OUATTARA, SERGE»  FPS «id:019487Z»  Unit 3 range B
Facility: «institution:Millhaven Creek Institution», «place:Bathurst Mills»
Rec. no. «record:CSC-24-0117»   «date:2024-MAR-10» 1530h

Subj: "Ma main." Punch to wall «date:samedi». Obj: {{boxer's}} fracture, 5th MC, {{angulation 40°}}. {{Jahss}}
manoeuvre under {{Marcaine 0.25%}}. {{Ulnar gutter}}. Mantoux {{12 mm}} on «date:1/3» read by Nurse «name:Petit»;
CXR clear; {{Ghon}} focus. {{Rifampin 600}} x 4 mo. {{AST 31}}. On {{Kadian 400 mg}}; {{Wellbutrin}} stopped.
{{SOAPE}} sheet done. A {{petit}} mal in youth.

Lawyer Me «name:Anne-Sophie Hébert-Nkrumah» asked for a copy: fax «fax:514-555-0144», «mail:ashn@barreau.example».
Mother «name:Fatoumata» lives in «place:Trois-Ruisseaux». M. «name:Tremblay» to ortho at
«institution:Hôtel-Dieu-du-Lac» on le «date:14 mars», escort van «vehicle:GV 7574».
«name:Bogdan Keshishian», RN, CNO «licence:0911 998»
""",
    """CARE HOME GP ROUND
«institution:Magnolia Lodge», «place:Station Approach», «place:Upper Snodland». «date:Mon. 4th March»
1. «name:Violet Summers» (rm 2), «age:101», NHS «record:999 330 1841». {{Rose-coloured}} rash, {{shingles T6}}.
{{Aciclovir 800}} x5. {{eGFR 31}}: so {{800 tds}}. Card from the King came on «date:29 Feb».
2. «name:Ernest Day» (rm 5), {{88}}, «record:999 330 2007». {{Lewy}} body, {{MMSE 11}}. {{Rivastigmine 4.6}}. Son
«name:Guy» phoned from «place:Perth»: no admissions. Mr «name:Day» slept all {{day}}.
3. «name:Joy Frost-Adeyinka» (rm 9), {{84}}. {{Frostbite}} no, chilblains. {{BP 178/90}}. {{Amlodipine 5}}.
{{Bristol 6}}, {{C. diff}} sent («record:24U0091»).
4. The cat scratched Miss «name:Pease»: {{Bartonella}} unlikely.

Manager «name:Zsófia» to fax MARs, «fax:01632 960 118». DNACPR for «name:V.S.» signed, form «id:RS-40-8625».
Dr «name:Penhaligon-Roy»
""",
    """TRANSPLANT COORDINATOR NOTE
Recipient: «name:Lamar St. James-Ubah»   SSN: «ssn:666-12-0276»   MRN «record:LT-0099-2»
UNOS «id:WXQ904»   Hepatitis list since «date:10/2023»

«date:Sunday 3/10», 0255: offer from donor «id:AGCX018». Called pt at «phone:(412) 555-0136», no answer; reached
his aunt, Ms. «name:Earline», at «phone:412-555-0195», who woke him. He lives over
«institution:Ubah's Barber Lounge», «place:616½ Frankstown Rd», «place:Wilmerton, PA 15999».
{{MELD-Na 31}}, bili {{18.4}}, {{INR 2.6}}, ABO {{O pos}}, CMV {{-/+}}. {{Budd-Chiari}}, {{factor V Leiden}}.
{{Roux-en-Y}} planned. {{Simulect 20 mg}}, {{Prograf}} goal {{8-10}}. Consent read in full. {{Aspergillus}} hx.

OR with Dr. «name:Rustam Kadyrov» 0730. Cross-clamp 0911. «name:Lamar»'s sitter for dog: «name:Pudge». BCBS
«plan:YYP 09557 2209».
Post-op visit «date:Mar. 25th».
coord. «name:Bettina Hrdlicka», RN, CCTC
""",
    """lactation / postnatal ward handover
bed 7 «name:Aaliyah Redfeather-Quansah», {{g2p2}}, lscs «date:thu 7th», qbl {{820 ml}}. hb {{94}}. {{clexane 40}}.
{{pfannenstiel}} dry. baby boy «name:Kofi» {{3.41 kg}}, -{{6%}}. {{montgomery}} glands ok. «record:pn 0597/22» &
«record:pn 0971/22-1».
bed 8 «name:Íris Jónsdóttir», father «name:Jón»; {{svd}}; {{2nd degree}}, {{3-0 vicryl}}. rh neg, {{anti-d 1500}}
lot «device:D1471/9» given «date:fri». partner «name:Baldur» was at work at «institution:norðan seafoods» until
birth.
bed 9 Mrs «name:Qiu Yuexin» ("«name:Winnie»"), {{38}}, «record:pn 0391/07». bp {{158/102}}, {{labetalol 200}},
urate {{0.41}}. headache no, {{clonus}} no. mother in law Auntie «name:Fong» has brought ginger soup. phone
«phone:+852 5555 0417».
home for 7 on «date:mon», cmw from «institution:harbourside midwives».
«name:bridie»/«name:chi-chi», nights
""",
    """SPORTS MEDICINE / SIDELINE REPORT
Match day «date:Sat 24.02.24», «place:Te Puna Park», «place:Waihao»
Player: «name:Apirana Fa'asavalu-Boyd», No. 8, {{22}}. Team ID «id:NZR-90049». ACC claim «id:AC 44 17720».
Head knock in a ruck, 31'. {{SCAT6}}: symptoms {{11/22}}, orientation {{4/5}}, {{Maddocks 3/5}}, digits {{2/4}},
{{mBESS 9}}. {{GCS 15}}. {{Spurling}} neg. {{Battle}} sign none. Tooth 11 avulsed, in milk. {{Panadol 1 g}}. Off.
Ref: Mr «name:Goldsbrough».

Driven by coach «name:Tama» in the team van («vehicle:KZX746») to «institution:Waihao Accident Clinic», chart
«record:WAC-2280».
Reviewed «date:Mon 26/2» by Dr «name:Shreya Chattopadhyay-Wynn», «phone:027 555 0106»: {{Stage 2}} GRTP; no play
before «date:18 March». «name:Apirana»'s boss at «institution:Kaimai Concrete» told light duty. Flatmate
«name:Jarrod B» to wake him hourly. Result to «mail:docs@waihaorugby.example».
""",
    """VASCULAR LAB / ULTRASOUND WORKSHEET
Hosp: «institution:Our Lady of the Bayou» | Room 3 | Sonographer «name:K. Thibodeaux-Lim»
Pt: «name:Boudreaux Jr, Alcide P.» | DOB «date:Jul 4 1950» | MRN: «record:0000507733» | Acc#: «record:US-24-19902»
Ordered by NP «name:Tanisha Fontenot» «date:03-07-24», done «date:03-08-24»

Rt ABI {{0.58}}, Lt {{0.94}}. TBI {{0.31}}. {{Hunter's}} canal occlusion {{7 cm}}, PSV ratio {{4.2}}. {{Baker}}
cyst Lt, {{2.2 cm}}. CFV {{Homans}} n/a. {{Rutherford 4}}, {{Fontaine III}}. On {{cilostazol 100 bid}},
{{Plavix 75}}. {{Giacomini}} vein patent.

Prelim called to Dr. «name:Hunter» at 15:10, «phone:985-555-0168»; read by «name:M. Giacomini-Pratt», MD. Pt is a
crabber («vehicle:LA-5291-BX» his skiff), «place:Bayou Petit Caillou Rd», «place:Chauvette». Mr. «name:Boudreau»
brings wife, «name:T-Belle». Probe serial «device:L9-3 B0703X».
Return «date:Apr 3».
""",
    """REMOTE PSYCHOLOGY SESSION NOTE
Client «name:Sahar Ghorbani-Leclerc» («name:S.G.L.» below), member «plan:EAP-0423-LMN», session 5,
«date:Thursday, 7 March»
Platform «url:https://calmroom.example/s/5f0667», client IP «ip:192.0.2.141»

{{PCL-5 44}}, down from {{58}}; {{CORE-10 17}}; {{ISI 12}}. {{Sertraline 100 mg}}, {{prazosin 2 mg}}. «name:S.G.L.»
told of the night of «date:Nowruz» when a neighbour, «name:Behrouz», was shot on «place:Rue des Tilleuls».
{{Socratic}} questioning; {{Likert}} 1-7. {{Beck}} inventory item 9 nil. She {{will}} write daily. Her line manager
at «institution:Pont-Neuf Logistics», «name:Aurélie», calls her «name:Sarah».

Risk: low. If worse, partner «name:Mattias» on «phone:+46 70 1740 605» or «institution:Södra Kriscenter». Age
{{31}}. Supervised with Dr. phil. «name:Ottoline Achterberg» on «date:8/3».
File «record:CR-88-0127».
«name:Neve Castellanos-Iwu», reg. psychologist «licence:PYX38814»
""",
    """NUCLEAR MEDICINE / ENDOCRINE
«institution:Kanchenjunga Diagnostics», «place:Opp. Clock Tower, Hill Cart Rd», «place:Siligaon», WB «place:734 999»
Regn «record:KD/NM/24/0917»    Ref by: Dr «name:Tashi Lepcha»    Dt: «date:7th March '24»
Name: Smt. «name:Pushpa Lata Thapa Magar»   Age/Sex: {{48 Y/F}}

{{Tc-99m 5 mCi}}. Thyroid uptake {{31%}} (N {{0.4-4}}). Diffuse; {{Graves'}} disease. {{Plummer}} nodule none.
{{TSH <0.005}}, {{FT4 4.8 ng/dL}}, TRAb {{14}}. {{Neomercazole 10 tds}}, {{Inderal 20}}. {{Dalrymple}} and
{{von Graefe}} signs. {{Pemberton's}} neg.

Advice: I-131 {{12 mCi}} after «date:Holi» («date:25 Mar»). Patient Smt «name:Thappa» is cook at
«institution:St. Alban's School, Ghoom»; her son «name:Bikram» works in «place:Doha». Contact
«phone:+91 354 2555 018». Camera «device:SN-INF-0684». Husband Late Sh. «name:Dhan Bahadur».
Rptd: Dr «name:Moumita Sengupta Roychowdhury», Regn WBMC «licence:99268»
""",
    """MESSAGE THREAD (portal export)
«date:2024-03-06»T19:44 From pt «name:Ryszard Gentry-Kapaona»: Hi Dr «name:Trask», my new {{Humalog}} pens came but
my {{Dexcom}} says {{58}} at night. Also my toe. — «name:Rick»
«date:2024-03-07»T08:10 From «name:Tiffany» MA: Hi «name:Ryszard», which toe? Dr «name:T.» is out until
«date:Monday».
«date:3/7» pt: The big one, R. It's {{5 mm}}. I'm at work at «institution:Kona Bean Bros», call
«phone:808 555 0191».
«date:3/8» From «name:Harriet Trask»: Cut {{Lantus 22 units}} to {{18}}. A1c {{7.1%}}, {{C-peptide 0.1}}. {{Dawn}}
phenomenon and {{Somogyi}} discussed. {{Keflex 500}} qid; culture showed {{Klebsiella}}. Come «date:Tues 3/12»,
«place:75-999 Kuakini Hwy, Ste 4». You {{may}} shower.
pt: Thx. My insurer says prior auth «id:PA-7704656» ; plan «plan:HMSX 0321 228». MRN on bill is «record:KK-30917».
Fax them «fax:808-555-0122».
""",
    """ANAESTHETIC CHART — COMMENTS
«name:Gwendoline ter Braak» | Age {{69}} | ID «id:550228 0041 08 7» | Hosp «record:VH.0223.9» |
«institution:Vaalrand Hospitaal», «place:Sasolpark»
«date:Do. 7 Mrt. 2024»
ASA {{3}}, {{Mallampati 3}}, {{Cormack-Lehane 2b}}. {{Macintosh 3}} then {{McGrath}}; {{bougie}}.
{{Propofol 120 mg}}, {{roc 40}}. {{Sellick}}'s pressure by Sr «name:Nombuso». Art line after {{Allen}} test.
{{Trendelenburg}} 20°. {{MAC 0.8}}. {{Bair Hugger}}, {{T 36.2}}. {{Tuohy 16G}} at {{L2-3}}, LOR {{5 cm}}. Surgeon
Dr «name:Rautenbach-Chetty» lost {{400 mL}}. {{Sugammadex 200}}.

Tannie «name:Gwennie» awake, moving {{5/5}}. Daughter «name:Hettie» phoned, «phone:016 555 0177». Machine
«device:Fabius 0X-3079». Account to «institution:Highveld Colliery Med Scheme», no «plan:HCM 22-0244-1»; authorised
«date:5/3» by «name:Precious».
Dr «name:K. Moodliar-Steyn»  MP «licence:0026 733»
APS visit «date:Fri. 8th».
""",
    """COMMUNITY PALLIATIVE — OUT OF HOURS SUMMARY
To: «institution:Ballyknock Primary Care Centre»   Fax «fax:020 911 0327»
Re: «name:Honora ("Nonie") Breathnach-Dlamini», «place:Carraig Bhuí», «place:Killadangan», «place:F99 X4T2»; age
«age:95»; our no. «record:OOH-772/0859»
«date:Lá Fhéile Pádraig», «date:17/3/24», 21:20

Called by son «name:Malachy», on «phone:020 914 0556», re breathlessness. {{SpO2 84%}}, {{RR 32}}, {{Pancoast}}
tumour with {{Horner's}}. {{OxyNorm 5 mg}} x2, {{midazolam 2.5 mg}} sc. {{McKinley T34}} pump, «device:T34-091774»,
now {{morphine 20 mg/24h}}. {{Karnofsky 20}}. {{Buscopan 20}}. She asked for the rosary; the beads are {{rosewood}}.

Mrs «name:Breatnach» taught at «institution:Scoil Naomh Bríd». Carer «name:Ludmila» from
«institution:Samhradh Homecare» sleeps over. Car of nurse at gate, «vehicle:241-X-9527», do not block. Review by Dr
«name:Tadhg Olatunde» on «date:Mon 18th».
«name:Críostóir Fenwick», RGN, PIN «licence:0099890»
""",
    """WORKERS' COMP INDEPENDENT EXAM
Examinee «name:Xiomara Quintanilla-Ferro»; claim «id:30-0786-WC»; employer «institution:Cactus Wren Linen Supply»;
carrier file «record:CF#88-1177»
Exam: «date:March 2, 2024»; injury on or about «date:Oct 31, 2023»; report «date:Mar. 11»

A {{45-year-old}} presser, right wrist. {{Phalen}} 20 s, {{Tinel}} positive, {{Finkelstein}} negative, {{Kienböck}}
excluded on MRI. {{Jamar}} 14/15/14 kg vs {{31}}. {{Katz}} diagram classic. NCS: median motor {{5.9 ms}}.
{{Spurling's}} negative at {{C5-6}}. {{Waddell 0/5}}. {{QuickDASH 61}}. {{Kenalog 40}} on «date:1/9» helped. Her
daughter «name:Yamileth» translated.

Ms. «name:Quintanila» resides at «place:4417 W. Palo Verde Ln #6», «place:Apache Wells, AZ 85999», SSN ending
«ssn:0931». MMI: no. Records from «institution:Desert Hand PLLC», «phone:480-555-0132», mailed by «name:Sherwin».
Cc attorney «name:Desmond Goldwater-Cho».
«name:Ulrika Baptiste», DO, AZ «licence:00666-D»
""",
)
