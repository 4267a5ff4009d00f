"""The hard sets that nothing in embed is learnt from, for fitpair.py: embed/fits.py."""

APART = """campsite.en charging.zh checkup.zh cinema.en confinement.zh driving.en eldercare.zh garage.en languageschool.en laundry.zh mealbox.en moving.zh
museumpass.zh nursery.en optician.en selfdrive.zh solar.en storage.en studio.zh vetshop.zh""".split()
