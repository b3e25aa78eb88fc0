status foreload selct x
status foreload catalog lst
status foreload frobnicate
