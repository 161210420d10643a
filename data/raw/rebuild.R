# Writes the raw files that come out of R packages, as plain CSV, into the folder given; data/raw/rebuild.py calls it.
#
#   Rscript data/raw/rebuild.R FOLDER
#
# Needs the packages MASS, multilevel, lme4, ordinal and lavaan (Debian: r-cran-mass, r-cran-multilevel, r-cran-lme4,
# r-cran-ordinal, r-cran-lavaan). Every row and column is written as released: factors by their labels, numbers with 15 digits.
folder <- commandArgs(trailingOnly = TRUE)[1]
stopifnot(!is.na(folder), dir.exists(folder))

sets <- list(
  chefs = list("datasets", "attitude"),
  colleges = list("lme4", "InstEval"),
  kopenhagen_wonen = list("MASS", "housing"),
  leiderschap = list("multilevel", "lq2002"),
  tevredenheid_golven = list("multilevel", "univbct"),
  welzijn = list("multilevel", "bh1996"),
  wijn = list("ordinal", "wine"),
  "gepubliceerd/cohesie" = list("multilevel", "cohesion"),
  "gepubliceerd/holzinger_swineford_1939" = list("lavaan", "HolzingerSwineford1939"),
  "gepubliceerd/mtcars" = list("datasets", "mtcars")
)

dir.create(file.path(folder, "gepubliceerd"), showWarnings = FALSE)
for (name in names(sets)) {
  from <- new.env()
  data(list = sets[[name]][[2]], package = sets[[name]][[1]], envir = from)
  frame <- get(sets[[name]][[2]], envir = from)
  path <- file.path(folder, paste0(name, ".csv"))
  write.csv(frame, path, row.names = FALSE, na = "", quote = FALSE, fileEncoding = "UTF-8")
  cat(name, nrow(frame), "x", ncol(frame), "from", sets[[name]][[1]],
      as.character(packageVersion(sets[[name]][[1]])), "\n")
}
