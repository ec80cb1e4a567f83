"""More invented notes, written after the rules and the tagger were done, to see how they do on what they never met.

Marked as in `hard_notes`. Whoever changes a rule because of a note here moves that note there and writes another.
"""

NOTES = (
    """Patient:  «name:Anneke Droogendijk»       Sex: F      {{Age: 58}}
Visit date:  «date:Aug 19, 2021»         Provider:  «name:Rajalakshmi Thevarajah», MD

Subjective: Ms. «name:Droogendijk» comes in for her {{diabetes}}. She says her sugars run 180-220. She walks with
her neighbor «name:Philomena» most mornings.
Last eye exam was in «date:May 2020» with Dr. «name:Sorrentino». Denies {{numbness}}. Takes
{{metformin 1000 mg BID}} and {{lisinopril}}.
Objective: {{BP 138/82}}, {{HR 76}}, {{weight 91.2 kg}}. {{Monofilament}} exam normal. {{A1c 8.4%}}.
Plan: Start {{empagliflozin 10 mg}}. Recheck {{A1c}} in 3 months. Referral to «name:Sorrentino» for retinal exam.
Call with results at «phone:402-555-0136».""",
    """EMERGENCY DEPARTMENT NOTE
«name:KRZEMINSKI, DARIUSZ»  |  MRN «record:4402917»  |  DOB «date:7/30/1969»  |  Arrival «date:12/24/2019 23:48»
CC: fall from ladder
HPI: 50M putting up lights on «date:Christmas Eve», fell ~8 ft. Wife «name:Malgorzata» witnessed. No LOC. Brought by
«institution:Bellhaven Fire» medic «name:Stubblefield».
PE: {{GCS 15}}. Tender L wrist; {{Colles fracture}} on film. {{FAST negative}}. {{Finkelstein}} deferred.
Reduced under {{Bier block}} by Dr. «name:Adeyinka-Holt». {{Sugar-tong splint}}. F/u ortho Dr. «name:Wren»
«date:12/30».
Scribe: «name:lmc»""",
    """From: «name:Oddvar Thorvaldsen» <«mail:oddvar.t@nordhospital.example»>
To: «name:Priscila Quaresma»
Subject: bed 9

«name:Priscila», Mr. «name:Whitlock» pulled his {{Dobhoff}} again. Daughter «name:Ludmila» is upset and will be in
around 3. Can you page «name:Castellane» (pager «phone:30771»)?
His K was {{5.6}} and I gave {{Kayexalate}}. Please do not forget the form for «institution:Saltmarsh Hospice».
Thx, «name:Oddvar»""",
    """neuro consult - «name:okonjo-reyes, temi» - rm «place:418»
asked by dr «name:vanterpool» to see 44 y/o rh woman w/ 2 d of ptosis and diplopia. she was well until
«date:sunday». mother «name:euphemia» has {{graves}}.
exam: {{ptosis R>L}}, fatigable. {{tensilon}} not available. reflexes 2+. {{babinski}} absent. gait ok.
imp: likely {{myasthenia gravis}}; {{lambert-eaton}} less likely. send {{achr ab}}, {{ct chest}} for thymoma.
{{mestinon 60 mg tid}}.
will follow. «name:s. wickremesinghe» pgy3 / «name:vanterpool»""",
    """CYTOLOGY   «id:C21-004471»     «name:MAY, JUNE»     Requested by: «name:HOPE FAITHFULL», CNM
Collected «date:06/01/2021»   Received «date:06/02/2021»   Reported «date:06/04/2021»
Source: cervical. LMP: «date:5/18». History: {{HPV 16 positive}}, colposcopy «date:March 2020» at
«institution:Willow Creek Women's Clinic».
{{PAP SMEAR}}: {{ASC-US}}. {{Candida}} present. Adequacy: satisfactory.
Screened by «name:Bertrand Ouedraogo», CT(ASCP). Reviewed by «name:Long», «name:May» and «name:Rice».""",
    """Home Health Visit
Client address: «place:2217 Old Quarry Rd, Unit 4C, Marrowdale, VT 05799-1204»  Phone: «phone:(802)555-0127»
Visit #: 6   Time in «date:10/03/23 13:05»   Time out 13:50   RN: «name:Tallulah Escarra»
Vitals {{T 97.9}} {{P 84}} {{R 20}} {{BP 118/64}} {{SpO2 93% RA}}. Wound L heel {{2.1 x 1.4 x 0.3 cm}}, slough 20%.
{{Santyl}} applied, {{Kerlix}} wrap.
Client is «age:92» y/o, lives w/ son «name:Ambrose» and his partner «name:Teodor». Hard of hearing. Uses
{{Rollator}}. States "I miss my «name:Walter»" (late husband).
PCP Dr. «name:Ekholm» called re: {{INR 4.1}}; hold {{Coumadin}} x2 days, recheck «date:Fri». Next visit «date:10/06».
«name:T. Escarra» RN   Lic. «licence:RN-0099817»""",
    """DISCHARGE INSTRUCTIONS for «name:Babajide Ekundayo-Marsh»
You were in «institution:Three Rivers Community Hospital» from «date:January 3» to «date:January 9, 2024» for
{{pneumonia}}. Your doctor was Dr. «name:Yevgenia Pokrovskaya».
Take {{Augmentin 875 mg}} twice a day until «date:01/14/2024». See «name:Coretta Lindqvist-Bey», NP at
«institution:Ironbridge Family Practice» on «date:Tuesday, January 16 at 9:40 AM».
Questions? Call «phone:1-800-555-0188» or visit «url:www.threerivers-hospital.example/care». Confirmation #
«id:QX77-1190».""",
    """PROGRESS NOTE - ICU DAY 4
Pt: «name:Xiong, Pa Houa»     Unit # «record:0092-44-118»
Remains intubated. {{FiO2 50%}}, {{PEEP 8}}, {{P/F 180}}. {{Swan-Ganz}} in RIJ: {{CVP 11}}, {{CI 2.2}}.
{{Levophed 6 mcg/min}}. {{Cheyne-Stokes}} on PSV trial. {{UOP 30 cc/h}}.
ID (Dr. «name:Fairweather») following; {{Zosyn}} d4. Family mtg w/ spouse «name:Tou Ger», sister «name:Mai See»,
chaplain Rev. «name:Abernathy-Cole» - DNR. SW «name:Jemima».
{{Wells}} low; {{Ranson}} 3. {{BUN 44}} {{Cr 2.1}}. Renal: «name:Castellanos» to start {{CRRT}}.
«name:I. Mbeki-Larsson», MD  «phone:x4-7781»   «date:02/11/22 0640»""",
    """SCHOOL PHYSICAL
«name:Ignatius "Iggy" O'Shaughnessy-Ruiz», DOB «date:2011-09-05», attends «institution:Pine Hollow Elementary».
Mother: «name:Siobhra O'Shaughnessy». Guardian cell «phone:617.555.0118».
{{Height 140 cm}} {{Weight 34 kg}} {{BMI 17.3}}. {{Snellen}} 20/20 OU. {{Tanner stage 1}}. No {{scoliosis}};
{{Adams}} forward bend negative. Hx {{Kawasaki disease}} age 3, {{echo}} normal.
Insurance «plan:HMO-88140-22», group {{none}}. Vaccines given today: {{Tdap}}. Next: «date:Sept 2022».""",
    """ANESTHESIA RECORD
Surgeon «name:Halloran-Ndiaye» / Anes «name:Q. Zephyrin» / CRNA «name:Bo Lindgaard»    OR «place:11»
«date:08-Feb-2023»
{{ASA 3}}, {{Mallampati II}}. {{Miller 2}} blade, grade 1 view. {{Propofol 150 mg}}, {{Rocuronium 50}}.
{{Bair Hugger}} on. {{EBL 250}}. {{LR 1.8 L}}.
Device: pump SN «device:BX4471-009»  Handoff to PACU RN «name:Marguerita» 15:22.""",
    """Pt «name:Smythe-Okoro» left AMA. He gave address «place:PO Box 771, Cinder Bluff, MT 59999» and said his
brother «name:Cuthbert» at «institution:Dunmore Steel Works» will drive him.
License plate «vehicle:MT 7-4481K» per security. SSN last seen on form «ssn:078-05-1120». Login «ip:172.16.254.3».
Security officer «name:Pruett» notified at «date:2230 on 11/02».""",
    """Dear Colleague,
I reviewed Miss «name:Eilonwy Prytherch» (d.o.b. «date:23.11.1999», Hosp No «record:RJ7 440182») on
«date:2nd June 2022». She has had {{Raynaud's phenomenon}} and now {{Sjögren's}} with a positive {{Schirmer}} test.
{{ANA 1:640}}, {{ESR 44}}. Her GP Dr «name:Bhattacharjee» kindly started {{hydroxychloroquine 200mg}}. She works in
«institution:Llanfair Library» and lives in «place:Abergwyn» with her fiancé «name:Macsen».
I should be grateful if you could arrange {{a Schilling test}}... Review on «date:12 Sept».
Yours faithfully
«name:Augustin Featherstonehaugh»
Consultant Physician, «institution:Royal Gwent & District Hospital»""",
)
