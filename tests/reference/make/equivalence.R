# Regenerates tests/reference/equivalence/*.json with base R and effectsize; run from the folder tests/reference/make.
library(jsonlite)
library(effectsize)
stamp <- list(version = paste0("R ", getRversion(), ", effectsize ", packageVersion("effectsize")), date = "2026-11-23")
write <- function(name, what, fun, data, arguments, rows, decision, citation, command, n) {
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.equivalence.", fun), data = data,
    arguments = arguments, expected = list(table = rows, info = list(decision = decision, n_used = n)),
    tolerance = list(default = 1e-9),
    source = c(list(kind = "R", citation = citation, command = command), stamp))
  write_json(truth, file.path("..", "equivalence", paste0(name, ".json")), auto_unbox = TRUE, digits = NA,
    pretty = TRUE, null = "null", na = "null")
}
rows_of <- function(term, d, wide, narrow, t, df, p, low, high, t_low, p_low, t_high, p_high, effect, se = NULL) {
  first <- list(term = term, part = "difference", estimate = d, statistic = t, p_value = p, df = df,
    conf_low = wide[1], conf_high = wide[2], effect = effect, std_error = se)
  second <- list(term = term, part = "equivalence", estimate = d, statistic = if (p_low >= p_high) t_low else t_high,
    p_value = max(p_low, p_high), df = df, conf_low = narrow[1], conf_high = narrow[2], std_error = se)
  list(first, second, list(term = term, part = "lower", estimate = low, statistic = t_low, p_value = p_low, df = df),
    list(term = term, part = "upper", estimate = high, statistic = t_high, p_value = p_high, df = df))
}
tests <- function(term, x, y, low, high, effect, ..., level = .95) {
  two <- t.test(x, y, conf.level = level, ...); wide <- two$conf.int; narrow <- t.test(x, y, conf.level = 2 * level - 1, ...)$conf.int
  lo <- t.test(x, y, mu = low, alternative = "greater", ...); hi <- t.test(x, y, mu = high, alternative = "less", ...)
  d <- if (length(two$estimate) == 2) -diff(two$estimate)[[1]] else two$estimate[[1]]
  rows_of(term, d, wide, narrow, two$statistic[[1]], two$parameter[[1]], two$p.value, low, high, lo$statistic[[1]],
    lo$p.value, hi$statistic[[1]], hi$p.value, effect, two$stderr)
}
a <- sleep$extra[sleep$group == 1]; b <- sleep$extra[sleep$group == 2]
frame <- list(columns = list(extra = sleep$extra, group = as.integer(sleep$group)))
wide <- list(columns = list(a = a, b = b))
write("means_welch", "extra hours of sleep, Welch", "means", frame,
  list(outcome = "extra", group = "group", bounds = c(-3, 3)),
  tests("1 − 2", a, b, -3, 3, hedges_g(a, b, pooled_sd = FALSE)[[1]]), "inconclusive",
  "R base t.test, effectsize hedges_g", "t.test(a, b, mu = ±3, alternative = …)", 20)
write("means_student", "extra hours of sleep, pooled variances, wide bounds", "means", frame,
  list(outcome = "extra", group = "group", bounds = c(-4, 4), variances = "pooled"),
  tests("1 − 2", a, b, -4, 4, hedges_g(a, b)[[1]], var.equal = TRUE), "equivalent",
  "R base t.test, effectsize hedges_g", "t.test(a, b, mu = ±4, alternative = …, var.equal = TRUE)", 20)
write("paired", "extra hours of sleep, the same persons", "paired", wide, list(x = "a", y = "b", bounds = c(-2, 2)),
  tests("a − b", a, b, -2, 2, mean(a - b) / sd(a - b), paired = TRUE), "different",
  "R base t.test", "t.test(a, b, mu = ±2, alternative = …, paired = TRUE)", 10)
bound <- 3 * sd(a - b)
write("paired_d", "bounds in standard deviations of the difference", "paired", wide,
  list(x = "a", y = "b", bounds = c(-3, 3), bounds_in = "d"),
  tests("a − b", a, b, -bound, bound, mean(a - b) / sd(a - b), paired = TRUE), "negligible",
  "R base t.test", "t.test(a, b, mu = ±3 sd(a - b), alternative = …, paired = TRUE)", 10)

write("means_d", "extra hours of sleep, Welch, bounds in standard deviations, 90%", "means", frame,
  list(outcome = "extra", group = "group", bounds = c(-1, 1), bounds_in = "d", conf_level = .9),
  tests("1 − 2", a, b, -sqrt((var(a) + var(b)) / 2), sqrt((var(a) + var(b)) / 2), hedges_g(a, b, pooled_sd = FALSE)[[1]], level = .9), "different",
  "R base t.test, effectsize hedges_g", "t.test(a, b, mu = ±sqrt((var(a) + var(b)) / 2), alternative = …)", 20)
write("means_reference", "extra hours of sleep, Welch, the first group as reference", "means", frame,
  list(outcome = "extra", group = "group", bounds = c(-3, 3), reference = "1"),
  tests("2 − 1", b, a, -3, 3, hedges_g(b, a, pooled_sd = FALSE)[[1]]), "inconclusive",
  "R base t.test, effectsize hedges_g", "t.test(b, a, mu = ±3, alternative = …)", 20)
ranked <- rank(sleep$extra)
several <- c(tests("extra", a, b, -3, 3, hedges_g(a, b, pooled_sd = FALSE)[[1]]),
  tests("ranked", ranked[1:10], ranked[11:20], -3, 3, hedges_g(ranked[1:10], ranked[11:20], pooled_sd = FALSE)[[1]]))
write("means_several", "extra hours of sleep and their ranks, Welch", "means",
  list(columns = list(extra = sleep$extra, ranked = ranked, group = as.integer(sleep$group))),
  list(outcome = c("extra", "ranked"), group = "group", bounds = c(-3, 3)),
  lapply(several, function(row) c(row, list(group = "1 − 2", n = 20))), "inconclusive",
  "R base t.test, effectsize hedges_g", "t.test(a, b, mu = ±3, alternative = …) for each", 20)
write("means_printed", "the same means as printed, pooled, bounds in standard deviations, 90%, with names", "means_printed", NULL,
  list(mean = c(mean(a), mean(b)), sd = c(sd(a), sd(b)), n = c(10, 10), bounds = c(-1, 1), bounds_in = "d", variances = "pooled", conf_level = .9, names = c("drug 1", "drug 2")),
  tests("drug 1 − drug 2", a, b, -sqrt((var(a) + var(b)) / 2), sqrt((var(a) + var(b)) / 2), hedges_g(a, b)[[1]], var.equal = TRUE, level = .9), "different",
  "R base t.test, effectsize hedges_g", "t.test(a, b, mu = ±sd, alternative = …, var.equal = TRUE)", 20)
write("paired_level", "extra hours of sleep, the same persons, 99%", "paired", wide, list(x = "a", y = "b", bounds = c(-2, 2), conf_level = .99),
  tests("a − b", a, b, -2, 2, mean(a - b) / sd(a - b), paired = TRUE, level = .99), "different",
  "R base t.test", "t.test(a, b, mu = ±2, alternative = …, paired = TRUE)", 10)

fisher <- function(name, x, y, low, high, decision, data, columns, level = .95) {
  n <- length(x); r <- cor(x, y); se <- 1 / sqrt(n - 3); z <- atanh(r)
  t_low <- (z - atanh(low)) / se; t_high <- (z - atanh(high)) / se
  ci <- function(level) cor.test(x, y, conf.level = level)$conf.int
  rows <- rows_of(paste(columns[1], "~~", columns[2]), r, ci(level), ci(2 * level - 1), z / se, NULL, 2 * pnorm(-abs(z / se)), low,
    high, t_low, pnorm(-t_low), t_high, pnorm(t_high), r)
  rows <- lapply(rows, function(row) row[!sapply(row, is.null)])
  write(name, "a correlation of the attitude data against bounds", "correlation", data,
    c(list(x = columns[1], y = columns[2], bounds = c(low, high)), if (level != .95) list(conf_level = level)), rows, decision,
    "R base cor.test, Fisher's z by hand", "cor.test(x, y)$conf.int; (atanh(r) - atanh(bound)) * sqrt(n - 3)", n)
}
att <- list(columns = list(rating = attitude$rating, critical = attitude$critical, complaints = attitude$complaints))
fisher("correlation", attitude$rating, attitude$critical, -.5, .5, "equivalent", att, c("rating", "critical"))
fisher("correlation_level", attitude$rating, attitude$critical, -.5, .5, "inconclusive", att, c("rating", "critical"), .99)

shares_of <- function(level) {
x <- c(120, 85); n <- c(200, 150); p <- x / n; d <- p[1] - p[2]; se <- sqrt(sum(p * (1 - p) / n))
t_low <- (d + .2) / se; t_high <- (d - .2) / se
names <- if (level == .95) c("1", "2") else c("web", "desk")
rows <- rows_of(paste(names, collapse = " − "), d, d + c(-1, 1) * qnorm((1 + level) / 2) * se, d + c(-1, 1) * qnorm(level) * se, d / se, NULL,
  2 * pnorm(-abs(d / se)), -.2, .2, t_low, pnorm(-t_low), t_high, pnorm(t_high),
  2 * (asin(sqrt(p[1])) - asin(sqrt(p[2]))), se)
rows <- lapply(rows, function(row) row[!sapply(row, is.null)])
write(if (level == .95) "proportions" else "proportions_level", paste0("120 of 200 against 85 of 150", if (level != .95) ", 90%"), "proportions", NULL,
  c(list(counts = x, n = n, bounds = c(-.2, .2)), if (level != .95) list(conf_level = level, names = names)), rows, "equivalent", "R base, Wald z by hand; prop.test(correct = FALSE) for the interval",
  "(p1 - p2 ± bound) / sqrt(sum(p (1 - p) / n))", 350)
stopifnot(all.equal(c(prop.test(x, n, correct = FALSE)$conf.int), d + c(-1, 1) * qnorm(.975) * se)) }
shares_of(.95); shares_of(.9)

r <- cor(attitude); n <- 30; rx <- r["rating", "complaints"]; ry <- r["rating", "critical"]; rxy <- r["complaints", "critical"]
m <- (rx + ry) / 2; psi <- rxy * (1 - 2 * m^2) - m^2 / 2 * (1 - 2 * m^2 - rxy^2); s <- psi / (1 - m^2)^2
z <- (atanh(rx) - atanh(ry)) * sqrt(n - 3) / sqrt(2 - 2 * s)
dependent <- function(level, name) {
ci <- function(x, y) c(cor.test(x, y, conf.level = level)$conf.int)
i1 <- ci(attitude$rating, attitude$complaints); i2 <- ci(attitude$rating, attitude$critical)
cc <- ((rxy - rx * ry / 2) * (1 - rx^2 - ry^2 - rxy^2) + rxy^3) / ((1 - rx^2) * (1 - ry^2))
low <- rx - ry - sqrt((rx - i1[1])^2 + (i2[2] - ry)^2 - 2 * cc * (rx - i1[1]) * (i2[2] - ry))
high <- rx - ry + sqrt((i1[2] - rx)^2 + (ry - i2[1])^2 - 2 * cc * (i1[2] - rx) * (ry - i2[1]))
write(name, "do complaints or critical remarks track the rating better", "dependent_correlations", att,
  c(list(outcome = "rating", x = "complaints", y = "critical"), if (level != .95) list(conf_level = level)),
  list(list(term = "complaints − critical", part = "difference", estimate = rx - ry, statistic = z,
      p_value = 2 * pnorm(-abs(z)), conf_low = low, conf_high = high),
    list(term = "complaints", part = "correlation", estimate = rx, conf_low = i1[1], conf_high = i1[2]),
    list(term = "critical", part = "correlation", estimate = ry, conf_low = i2[1], conf_high = i2[2])),
  "different", "Steiger (1980), Psychological Bulletin 87, equation 14 with the mean r; Zou (2007), Psychological Methods 12, equation 15",
  "base R arithmetic on cor(attitude) and cor.test(…)$conf.int", 30) }
dependent(.95, "dependent_correlations"); dependent(.9, "dependent_correlations_level")

u <- attitude$rating; v <- attitude$complaints; n <- 30
pv <- function(x) mean((x - mean(x))^2); sxy <- mean((u - mean(u)) * (v - mean(v)))
rho <- 2 * sxy / (pv(u) + pv(v) + (mean(u) - mean(v))^2); pr <- sxy / sqrt(pv(u) * pv(v))
us <- (mean(u) - mean(v)) / (pv(u) * pv(v))^.25
# Lin (2000), Biometrics 56, 324: the corrected variance of the concordance on Fisher's z
se <- sqrt(((1 - pr^2) * rho^2 / ((1 - rho^2) * pr^2) + 2 * rho^3 * (1 - rho) * us^2 / (pr * (1 - rho^2)^2) -
  rho^4 * us^4 / (2 * pr^2 * (1 - rho^2)^2)) / (n - 2))
agree <- function(level, name) {
k <- qnorm((1 + level) / 2); lin <- tanh(atanh(rho) + c(-1, 1) * k * se); dif <- u - v; tq <- qt((1 + level) / 2, n - 1)
# Bland and Altman (1999), Statistical Methods in Medical Research 8: the variance of a limit
e <- sd(dif) * sqrt(1 / n + k^2 / (2 * (n - 1)))
limit <- function(name, place, e) list(term = name, estimate = place, std_error = e, conf_low = place - tq * e, conf_high = place + tq * e)
bias_ci <- c(t.test(dif, conf.level = level)$conf.int)
stopifnot(all.equal(bias_ci, mean(dif) + c(-1, 1) * tq * sd(dif) / sqrt(n)))
write(name, "rating and complaints as two views of one department", "methods", att, c(list(a = "rating", b = "complaints"), if (level != .95) list(conf_level = level)),
  list(list(term = "concordance", estimate = rho, std_error = se, conf_low = lin[1], conf_high = lin[2]),
    limit("bias", mean(dif), sd(dif) / sqrt(n)), limit("lower_limit", mean(dif) - k * sd(dif), e),
    limit("upper_limit", mean(dif) + k * sd(dif), e)), NULL,
  "Lin (1989, 2000), Biometrics; Bland and Altman (1986), The Lancet 327, 307-310, and (1999)", "base R arithmetic on attitude; t.test(rating - complaints)", 30) }
agree(.95, "methods"); agree(.9, "methods_level")

m <- summary(lm(dist ~ speed, cars)); e <- m$coefficients["speed", 1]; se <- m$coefficients["speed", 2]; df <- m$df[2]
ci <- function(level) c(confint(lm(dist ~ speed, cars), "speed", level))
against <- function(level, name, more) { t_low <- (e + 5) / se; t_high <- (e - 5) / se
row <- c(list(term = "speed", estimate = e, std_error = se, df = df), more)
other <- list(term = "speed", estimate = 1, std_error = 1, df = 9); if (length(more)) other <- list(c(other, list(part = "effect", group = "b")), c(other, list(part = "total", group = "a"))) else other <- list()
given <- list(`__result__` = list(kind = "demo.slope", n_total = 50, n_used = 50,
  rows = c(other, list(row))))
rows <- rows_of("speed", e, ci(level), ci(2 * level - 1), e / se, df, m$coefficients["speed", 4], -5, 5, t_low,
  pt(t_low, df, lower.tail = FALSE), t_high, pt(t_high, df), NULL, se)
rows <- lapply(rows, function(row) row[!sapply(row, is.null)])
write(name, "stopping distance on speed, a slope against bounds", "slope", NULL,
  c(list(result = given, term = "speed", bounds = c(-5, 5)), more, if (level != .95) list(conf_level = level)), rows, "negligible", "R base lm, confint, pt", "lm(dist ~ speed, cars)", 50) }
against(.95, "slope", NULL); against(.9, "slope_part", list(part = "effect", group = "a"))
