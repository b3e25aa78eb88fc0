# An abbreviation that works today would mean something else once another option joins.
foreload select --strat balanced x
