"""Words that may stay in a descriptor: anatomy, technique, contrast, phases, directions, findings; none names a person.

    "abdomen" in CLINICAL     ->  True
    "vasquez" in CLINICAL     ->  False

Written for this product from the field's common usage, in the normal spelling (`wording.normal`); body parts also in
German, French, Spanish and Italian. Names of scanners, hospitals, months and weekdays are left out on
purpose. A surname that is a clinical word, too ("Head", "Long", "Stone"), stays unless the subject has it or a title
stands before it: see `descriptors`. Not here: where the standard's words stand (`deid.vocabulary`).
"""

_BODY = """
abd abdo abdomen abdominal abdominopelvic acetabulum achilles acromion adnexa adrenal adrenals airway airways alveolar
angle ankle ankles anal anus aorta aortic apex appendix arch arm arms arterial arteries artery articular atlas atria
atrial atrium auditory axilla axillary axis basilar biceps bile biliary bladder blood body bone bones bowel brachial
brain brainstem breast breasts bronchi bronchial bronchus buttock caecum calcaneus calf callosum calvarium canal
capsule cardiac carotid carotids carpal cartilage caudate cavity cava cecum celiac cerebellar cerebellum cerebral
cerebri cerebrum cervical cervix chest chiasm choroid circle clavicle coccyx cochlea coeliac colon colonic colorectal
condyle conus cord coronary corpus cortex costal cranial craniospinal craniovertebral cranium cruciate ctspine cspine
cuff diaphragm digit digits disc discs disk disks dorsal duct ducts duodenum dura ear ears elbow elbows endometrium
epidural epigastric esophageal esophagus eye eyeball eyes face facet facial fallopian fascia fat femora femoral femur
fibula finger fingers flank fluid follicle foot foramen forearm forearms forefoot fossa frontal gallbladder ganglia
gastric gastrointestinal genitourinary gland glands globe gluteal gray grey groin hand hands head heart hemisphere
hepatic hepatobiliary hilar hilum hindfoot hip hippocampus hips humeral humerus hyoid hypophysis iac iliac ilium ileum
inguinal inner intestine intestinal intracranial ischium jaw jejunum joint joints jugular kidney kidneys knee knees
kub labrum larynx leg legs lens ligament limb limbs lip liver lobe lobes lspine lumbar lumbosacral lung lungs lymph
lymphatic mandible mandibular marrow mastoid mastoids maxilla maxillary maxillofacial meatus mediastinal mediastinum
medulla meninges meniscus mesenteric mesentery metacarpal metatarsal midbrain midfoot midline mitral mouth mrcp muscle
muscles myocardial myocardium nasal nasopharynx neck nerve nerves nipple node nodes nose nostril occipital oesophagus
optic oral orbit orbital orbits oropharynx osseous ovarian ovaries ovary palate pancreas pancreatic parathyroid
parenchyma parietal parotid parotids patella patellar pelvic pelvis penile penis pericardial pericardium perineum
peripheral peritoneal peritoneum periventricular petrous phalanx pharynx pituitary placenta pleura pleural pons
popliteal portal prostate prostatic pubic pubis pulmonary pyramid radius rectal rectum renal retina retinal
retroperitoneum rib ribs root roots sacral sacroiliac sacrum salivary scalp scaphoid scapula scrotal scrotum sella
seminal septum shoulder shoulders sigmoid sinus sinuses skeletal skeleton skin skull soft spinal spine spleen splenic
sspine sternal sternum stomach subclavian subcutaneous submandibular subtalar supraclavicular sural tarsal temporal
temporomandibular tendon testes testicle testicular testis thalamus thigh thighs thoracic thoracolumbar thorax throat
thumb thymus thyroid tibia tibial tissue tissues tmj toe toes tongue tonsil trachea tracheal tricuspid trunk tspine
ulna ulnar umbilical upper ureter ureters urethra urinary uterine uterus vagina vaginal valve vascular vein veins vena
venous ventricle ventricles ventricular vertebra vertebrae vertebral vessel vessels vesicle vesicles vestibular
visceral vulva wall whole wholebody willis womb wrist wrists zygoma gtv ctv ptv itv gtvp gtvn ctvp ctvn ptvp ptvn oar
oars brachialplexus spinalcord opticnerve abdomenpelvis chestabdomen chestabdomenpelvis headneck
"""
_OTHER_TONGUES = """
addome arteria auge bacino bassin bauch becken bein beine blase bras brust buttock bws cabeza cadera cerveau coeur
columna colonna corazon coude cou cuello darm doigt ellenbogen epaule estomac fegato finger foie fuss galle ganzkorper
gefasse gehirn gelenk genou ginocchio hals hand handgelenk hanche herz higado hirn hufte hws jambe knie kniegelenk
kopf leber lendenwirbelsaule lunge lungen lws magen main mano milz muneca nasennebenhohlen nez niere nieren oberarm
oberbauch oberschenkel ohr orecchio oreille pelvico pied pierna poignet poitrine polmone poumon prostata pulmon rate
rachis rein reins rodilla rucken schadel schilddruse schulter sprunggelenk testa tete thorax torace torax unterarm
unterbauch unterschenkel ventre wirbelsaule zahne zunge mit ohne avec sans con sin senza und nativ nachher vorher vor
nach kontrast kontrastmittel contraste contrasto venos arteriell spat links rechts gauche droit droite sinistra destra
izquierda derecha
"""
_TECHNIQUE = """
abbreviated absorption acceleration acquired acquisition adc additional algorithm angio angiogram angiography anterior
anteroposterior aortogram apical arrival artifact arthrogram arthrography asl aspiration assessment attenuated
attenuation auto automatic average averaged axial background barium baseline beam beams before below bilateral binary
biopsy black blade bolus bottom bravo bright bssfp bw calcium calibration caudal cbct ce cement cemra center centre
channel cine coil collimation color colour column combined compared comparison complete complex compressed compression
computed contour contours contrast control conventional convolution coregistered cor coronal corrected correction
count counts cranial craniocaudal cross ct cta ctac ctp ctv curve curved cut cystogram data dce decubitus deformable
delayed delay delta density depth derived description detail detector deviation dexa diagnostic diastole diastolic
diff difference diffusion digital direct direction display distal distance dixon doppler dose dosimetry double drain
drainage dsa dti dual dwi dyn dynamic early ecg echo echocardiogram echoes eeg effective ekg element emission end
energy enhanced enhancement enema enterography ep epi epid equilibrium erect error estimated evaluation event exam
examination excretory exercise expiration expiratory exposure ext extended extension external extremity fast fatsat
fdg ffe fgre field filled filling film filter filtered final fine first fixation flair flash flex flexion flow fluid
fluoro fluoroscopic fluoroscopy follow followup fov fraction frame frames free frequency frontal fs fse ftlb full
functional fused fusion gadolinium gantry gated gating gd gradient gre grid group guidance guided haste hd helical
hepatobiliary high hires hrct hysterosalpingogram image images imaging implant impression in index inferior infusion
initial injection inplane inphase inspiration inspiratory insertion instance intensity intensitymodulated internal
intervention intra intraoperative intravenous inverse inversion iodinated iodine irm isotropic isocenter iv ivim ivp
ivu joint kernel key kinetic kv kvp label labeled landmark large last lat late lateral lateromedial left length lesion
level limited line linac lines linear ll load localiser localization localizer long longitudinal loop low lower lumen
lut magnetic magnitude mag mammogram mammography manual map mapping maps mask mass matched max maximal maximum mdct
mean measured measurement medial median mediolateral medium medulla mid middle min minimal minimum minip mip mips mlo
mobile mode model modulated monitoring mono monochrome monochromatic motion mp mpr mprage mprs mr mra mri mrs mrv
multi multiecho multiphase multiplanar multislice myelogram myelography nasogastric native navigator nc neutral new nm
non noncontrast none normal normalized nuclear number oblique obliques obstetric obl off on only open opposed
opposedphase oral order organ organs orientation original out outer outofphase overlay overview pa pacs paddle pain
parallel parametric part partial pass patch pathology pause pd pdw pelvimetry perc percent percutaneous perfusion
performed pet petct phase phasecontrast phases phantom photon pilot pixel plain plan plane planning plate plus point
portable portovenous position positioned positron post postcontrast posterior posteroanterior postoperative
postprocessing power pre precontrast preliminary preoperative prep preparation prescribed prescription presentation
press pressure primary prior probe procedure processed processing profile projection projections prone propeller
protocol protocols proton proximal psf pulse pv pyelogram qc qualitative quality quantitative radial radiation
radiograph radiographic radiography radiotherapy range rapid rate ratio raw real recon reconstructed reconstruction
recovery reference reformat reformats reformatted region registered registration regular relative relaxation removal
reorder repeat report resampled rescue research resolution resonance respiration respiratory response rest resting
restricted result results retrograde retro review rfov right rl roi rotated rotation round routine rows rt rtdose
rtplan rtstruct sag sagittal sample sampling sat saturation save scan scanned scanner scanogram scans scintigraphy
scout screen screening screenshot sde se second secondary section sections seg segment segmentation segmented selected
selection sense sensitivity seq sequence sequential serial series set setup sharp shift short shunt side signal
simulation simulator single site size skeletal slab slice slices slow small smooth spect spectral spectroscopy speed
spgr spin spir spiral spoiled spot ssfp ssfse stack standard standing start state static statistics std stealth stent
step stereo stereotactic stir storage straight strain stress strong structure structures study subtract subtracted
subtraction suite superior supine support suppressed suppression surface surgical survey susceptibility swallow sweep
swi synthetic syringe systole systolic table target task technique template tensor test tfe thick thickness thin third
three threshold time tir tirm tissue tof tomo tomogram tomographic tomography tomosynthesis tone top topogram total
trace tracking tra tract traction transverse transvaginal transrectal treatment tree trigger triggered triphasic true
truefisp tse tube tumor tumour turbo two type ultrafast ultrasound unenhanced uniform unilateral unit unspecified
upright urogram urography us usg value values variable vasc vcug velocity venc venogram venography verification vibe
video view views virtual visit voiding vol volume volumetric volumes vrt washout water wb weightbearing weighted wide
width wfb window with without wo woc xa xr xray xrays zero zoom additive ax coro dx fbp fc fl fpd hr ic iq ir lin me
medic mfast mtc nex ob om opp pc perf ph pl pos rf sc snr sos space spc stnd sub tfl tgc thrive thr thk trans trig tru
trufi twist ufe vis w x y z dark blood body arms arm down up raised overhead feet ffs ffp hfs hfp lld rld ap lao rao
caud cran stat urgent emergent emergency outpatient inpatient bedside adult child paediatric pediatric infant neonatal
newborn fetal foetal maternal male female apparent coefficient exponential anisotropy fractional eadc fa cbf cbv mtt
tmax ttp ktrans kep iauc suv bqml hu units per each all both other and or of for the to from at by is no not be was
were are as an has have had than then this that these those there into over under between above during after within
again also
"""
_FINDINGS = """
abnormal abnormality abscess absent acute adenocarcinoma adenoma adenopathy adhesion aneurysm aneurysmal angioma
anomaly appearance appendicitis arrest arthritis arthroplasty arthrosis ascites asthma asymmetric asymmetry
atelectasis atherosclerosis atherosclerotic atrophy atypical avulsion benign bleed bleeding blurred bruise bulge
bulging calcification calcifications calcified calculi calculus cancer carcinoma cardiomegaly change changes chronic
cirrhosis clear clinical collapse collection comminuted complicated complication congestion consistent consolidation
contusion cyst cystic cysts decreased deficit deformity degeneration degenerative dementia demonstrated density
diabetes diagnosis dilatation dilated disease diseases dislocation displaced displacement dissection diverticulitis
diverticulosis edema effusion effusions embolism embolus emphysema enlarged enlargement epilepsy erosion evidence
evident exclude extensive fever fibroid fibroids fibrosis findings finding fistula focal foreign fracture fractures
fusion gas grade granuloma growth hematoma haematoma haemorrhage hemorrhage hemorrhagic hemangioma hernia herniation
history hydrocephalus hydronephrosis hyperdense hyperintense hyperplasia hypertension hypodense hypoechoic hypointense
hypertrophy ileus impingement increased indication indications infarct infarction infection infectious infiltrate
infiltration inflammation inflammatory injury intact interstitial interval ischaemia ischemia ischemic leak lesions
leukemia lymphadenopathy lymphoma malformation malignancy malignant margin margins melanoma meningioma metastases
metastasis metastatic mild mildly moderate moderately multinodular myeloma narrowing necrosis necrotic negative
neoplasm neoplastic nodule nodules nodular nonspecific normal obstruction obstructed occlusion occluded opacities
opacity osteoarthritis osteomyelitis osteopenia osteophyte osteophytes osteoporosis pancreatitis patchy patent
perforation persistent plaque pneumonia pneumothorax polyp polyps positive possible pregnancy pregnant present
pressure primary probable prominent prosthesis protrusion recurrence recurrent residual resection resolved response
scar sclerosis scoliosis sepsis seen severe severely similar solid spasm spondylosis sprain spread stable stage
staging stenosis stone stones stricture stroke suspected suspicious swelling symptomatic symptoms syndrome tear tears
tendinitis tendinopathy thickened thickening thrombosis thrombus torn transplant trauma traumatic tuberculosis ulcer
unchanged unremarkable varices variant visualized volvulus weakness widening wound allergy allergies anxiety
claustrophobia claustrophobic contraindication contraindications denies denied excluded rule ruled unlikely never
gadolinium latex penicillin sedation anesthesia anaesthesia pacemaker catheter tube tubes stent stents clip clips coil
coils screw screws plate plates rod rods implant implants device drain line lines tip wire electrode lead leads
omnipaque iopamidol iohexol iodixanol iopromide visipaque ultravist isovue gadavist gadobutrol gadoterate dotarem
magnevist multihance eovist primovist gadoxetate saline glucagon buscopan fluorodeoxyglucose technetium thallium
rubidium gallium lutetium psma dotatate fluciclovine florbetapir choline sodium fluoride lidocaine oxygen nitrous air
"""
_UNITS = """
mm cm m um nm s sec secs second seconds ms min mins minute minutes h hr hrs hour hours kv kvp mv mev ma mas mgy gy cgy
mci ci mbq bq kbq ml cc l dl t tesla hz khz mhz ghz deg degree degrees mm2 mm3 cm2 cm3 hu bpm fps rpm w px pixels mg
mcg ug g mol mmol sl slices slice views view phases phase channel lead rows fx fraction fractions percent x
"""
CLINICAL = frozenset(" ".join((_BODY, _OTHER_TONGUES, _TECHNIQUE, _FINDINGS, _UNITS)).split())
UNITS = frozenset(_UNITS.split())
_BESIDE_NUMBERS = "b c d f fb h i k l n p r rep t th tp v"
_SINGLE = "l r t w x y z"
_ADDRESSES = "dr mr mrs ms miss prof herr frau mme mlle signor signora senor senora sra doctor nurse"
_SMALL = """
a all also an and are as at avec be been by con for from had has have in into is it mit no not of on or other per sans
seen sin than that the then there these this those to und was were with
"""
GLUED = CLINICAL | frozenset(_BESIDE_NUMBERS.split())
"""Letters that may stand before or behind a number in one word: "t2", "c5", "b1000", "3d", "p2"."""
ALONE = frozenset(_SINGLE.split())
"""Single letters that may stand alone beside a word that may: sides, weighting, axes."""
SMALL = frozenset(_SMALL.split())
"""Words that say nothing without another one: a text of these alone is as good as empty."""
TITLES = frozenset(_ADDRESSES.split())
"""The word behind one of these is a name, even if it is a clinical word, too."""
