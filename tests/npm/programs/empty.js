import "@gspace/gspace";
