foreload help catalog improt
