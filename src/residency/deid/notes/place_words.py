"""Words that say what a place is: states and provinces, with their codes, and what streets end with.

Facts of the postal services. Not here: how they are used (`places`).
"""

STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|"
    "Illinois|Indiana|"
    "Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|"
    "Montana|Nebraska|"
    "Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|"
    "Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|"
    "Wisconsin|Wyoming"
)
STATE_CODES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|"
    "OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|GU|AS|FM|MH|MP|PW|VI|AA|AE|AP|ON|QC|BC|AB|MB|SK|NS|NB|NL"
)
STREET_ENDS = (
    "annex|arcade|bayou|beach|bluffs?|bottom|branch|bridge|brooks?|burg|bypass|camp|canyon|cape|causeway|center|"
    "centers|cliffs?|club|"
    "common|corners?|course|creek|crest|crossroads?|curve|dale|dam|divide|estates?|extensions?|falls?|ferry|"
    "fields?|flats?|fords?|"
    "forest|forges?|forks?|fort|freeway|garden|gateway|glens?|green|greens|groves|harbors?|haven|hills?|hollow|"
    "inlet|islands?|isle|"
    "junctions?|keys?|knolls?|lakes?|land|landing|lights?|loaf|locks?|lodge|mall|manors?|meadows?|mills?|"
    "mission|motorway|mount|"
    "mountains?|neck|orchard|oval|overpass|park|parks|parkways|pass|passage|pines?|plains?|points?|ports?|"
    "prairie|radial|ramp|ranch|"
    "rapids?|rest|river|roads|route|shoals?|shores?|skyway|springs?|spurs?|squares|station|stream|streets|"
    "summit|throughway|trace|"
    "wynd|stairs|gate|cottages|quay|approach|cross|croft|yard|brae|vennel|parade|esplanade|fold|drove|nagar|marg|chowk|str|"
    "strand|rise|"
    "track|trafficway|tunnel|underpass|unions?|valleys?|viaduct|views?|villages?|ville|vista|walks|wall|ways|well|wells"
)
"""Words that streets may also end with, USPS Publication 28; they count only behind a number and a large word."""
STREET = (
    "street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|terrace|ter|way|circle|"
    "cir|parkway|"
    "pkwy|highway|hwy|square|sq|trail|trl|route|rte|alley|crescent|cres|close|mews|grove|gardens|hill|heights|"
    "row|walk|loop|plaza|pike|turnpike|path|run|ridge|crossing|bend|cove|view|expressway|quay|wharf|broadway"
)
