"""Published organograms: staff below the Senior Civil Service, a row for each group of equal posts.

No names are in such a file. Importing one invents the people, the same ones each time.
"""
