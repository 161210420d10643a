# Makes tests/reference/study/{weighted_*,design_effect,balance}.json and tests/study/data/weights.json with R's survey.
# Run from the repository root: Rscript tests/reference/make/weighting.R
suppressPackageStartupMessages({library(survey); library(jsonlite)})
source <- function(citation) list(kind = "R", citation = citation, command = "Rscript tests/reference/make/weighting.R",
  version = paste(R.version.string, "survey", packageVersion("survey")), date = "2026-11-23")
lumley <- source("Lumley (2010), R package survey")
say <- function(name, what, fun, arguments, rows, info = NULL, data = list(csv = "data/customers.csv"), from = lumley, tolerance = 1e-9)
  writeLines(toJSON(Filter(Negate(is.null), list(what = what, `function` = paste0("klantstudie.study.weighting.", fun), data = data,
    arguments = arguments, expected = Filter(Negate(is.null), list(table = rows, info = info)), tolerance = list(default = tolerance),
    source = from)), auto_unbox = TRUE, digits = NA, null = "null", na = "null", pretty = TRUE),
    file.path("tests/reference/study", paste0(name, ".json")))
d <- read.csv("tests/reference/data/customers.csv", na.strings = "")

one <- function(name, design, units) {
  keep <- subset(design, !is.na(d[[name]]))
  m <- svymean(reformulate(name), keep); df <- units(keep) - 1; h <- qt(.975, df) * SE(m)
  list(term = name, n = sum(!is.na(d[[name]])), estimate = unname(coef(m)), std_error = drop(SE(m)), df = df,
    conf_low = unname(coef(m) - h), conf_high = unname(coef(m) + h))
}
names_ <- c("satisfaction", "renewed", "effort")
plain <- function(name) svydesign(~1, weights = ~weight, data = d[!is.na(d[[name]]), ])
by_name <- function(name, design, df) {
  m <- svymean(reformulate(name), design); h <- qt(.975, df) * drop(SE(m))
  list(term = name, n = nrow(design), estimate = unname(coef(m)), std_error = unname(drop(SE(m))), df = df,
    conf_low = unname(coef(m)) - unname(h), conf_high = unname(coef(m)) + unname(h))
}
say("weighted_means", "Weighted means with linearised standard errors", "means", list(columns = names_, weights = "weight"),
  lapply(names_, function(n) { x <- plain(n); by_name(n, x, nrow(x) - 1) }))
say("means_unweighted", "Means without weights: t.test", "means", list(columns = names_),
  lapply(names_, function(n) { x <- d[[n]][!is.na(d[[n]])]; h <- t.test(x)$conf.int
    list(term = n, n = length(x), estimate = mean(x), std_error = sd(x) / sqrt(length(x)), df = length(x) - 1, conf_low = h[1], conf_high = h[2]) }),
  from = source("Student (1908), t.test of base R"))
clustered <- function(name) svydesign(~branch, weights = ~weight, data = d[!is.na(d[[name]]), ])
say("weighted_means_cluster", "Weighted means of whole clusters", "means", list(columns = names_, weights = "weight", cluster = "branch"),
  lapply(names_, function(n) { x <- clustered(n); by_name(n, x, length(unique(x$variables$branch)) - 1) }))

regress <- function(design, df) {
  m <- svyglm(satisfaction ~ p1 + p2, design); b <- coef(m); se <- unname(SE(m)); h <- qt(.975, df) * se
  lapply(seq_along(b), function(i) list(term = c("constant", "p1", "p2")[i], estimate = unname(b[i]), std_error = se[i],
    statistic = unname(b[i] / se[i]), df = df, p_value = unname(2 * pt(-abs(b[i] / se[i]), df)),
    conf_low = unname(b[i] - h[i]), conf_high = unname(b[i] + h[i])))
}
full <- d[complete.cases(d[c("satisfaction", "p1", "p2")]), ]
full$block <- rep(1:12, length.out = nrow(full))
d$block <- NA; d$block[complete.cases(d[c("satisfaction", "p1", "p2")])] <- full$block
say("weighted_regression", "Weighted regression, design-based standard errors", "regression",
  list(outcome = "satisfaction", predictors = c("p1", "p2"), weights = "weight"),
  regress(svydesign(~1, weights = ~weight, data = full), nrow(full) - 3), list(n_used = nrow(full)))
columns <- as.list(full[c("satisfaction", "p1", "p2", "weight", "block")])
say("weighted_regression_cluster", "Weighted regression with clusters", "regression",
  list(outcome = "satisfaction", predictors = c("p1", "p2"), weights = "weight", cluster = "block"),
  regress(svydesign(~block, weights = ~weight, data = full), 12 - 3), data = list(columns = columns))

w <- d$weight
say("design_effect", "Kish's design effect written out", "design_effect", list(weights = w),
  list(list(term = "design_effect", n = length(w), estimate = length(w) * sum(w^2) / sum(w)^2,
    n_effective = sum(w)^2 / sum(w^2), minimum = min(w) / mean(w), maximum = max(w) / mean(w))), data = NULL,
  from = source("Kish (1965), written out"))

# raking
k <- d[!is.na(d$channel), ]
targets <- list(branch = c(Arnhem = .4, Breda = .35, Delft = .25), channel = c(desk = .2, phone = .5, web = .3))
margins <- list(data.frame(branch = names(targets$branch), Freq = unname(targets$branch) * nrow(k)),
  data.frame(channel = names(targets$channel), Freq = unname(targets$channel) * nrow(k)))
rake_ <- function(base) {
  r <- rake(svydesign(~1, weights = base, data = k), list(~branch, ~channel), margins, control = list(maxit = 5000, epsilon = 1e-12))
  weights(r) / mean(weights(r))
}
equal <- rake_(~I(rep(1, nrow(k)))); based <- rake_(~weight)
post <- postStratify(svydesign(~1, weights = ~I(rep(1, nrow(k))), data = k), ~branch,
  data.frame(branch = names(targets$branch), Freq = unname(targets$branch) * nrow(k)))
write_json(list(what = "Raking weights of survey::rake and postStratify, over their mean; rows of customers.csv with a channel",
  targets = lapply(targets, as.list), equal = unname(equal), based = unname(based), post = unname(weights(post) / mean(weights(post))),
  source = lumley), "tests/study/data/weights.json", digits = NA, auto_unbox = TRUE)
rows <- do.call(c, lapply(names(targets), function(column) lapply(names(targets[[column]]), function(label) list(
  term = label, group = column, n = sum(k[[column]] == label), share = mean(k[[column]] == label),
  target = unname(targets[[column]][label]), estimate = sum(k$weight[k[[column]] == label]) / sum(k$weight)))))
say("balance", "Shares before and after weighting", "balance", list(targets = lapply(targets, as.list), weights = "weight"), rows,
  data = list(columns = as.list(k[c("branch", "channel", "weight")])), from = source("written out"))
