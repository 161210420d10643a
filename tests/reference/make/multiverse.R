# Regenerates tests/reference/multiverse/*.json and power/*.json with base R; run from the folder tests/reference/make.
library(jsonlite)
stamp <- list(version = paste0("R ", getRversion()), date = "2026-11-23")
write <- function(room, name, what, data, arguments, expected, tolerance, citation, command) {
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.", room, ".", sub("_.*", "", name)), data = data,
    arguments = arguments, expected = expected, tolerance = tolerance,
    source = c(list(kind = "R", citation = citation, command = command), stamp))
  dir.create(file.path("..", room), showWarnings = FALSE)
  write_json(truth, file.path("..", room, paste0(name, ".json")), auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null")
}
covariates <- list(character(0), "learning", c("learning", "raises"))
outcomes <- c("rating", "advance")
line <- list(`__function__` = "tests.reference.functions.line")
choices <- list(outcome = outcomes, covariates = list(I(list()), I("learning"), I(c("learning", "raises"))))
grid <- expand.grid(k = 1:3, o = 1:2)
fits <- lapply(seq_len(nrow(grid)), function(i) {
  f <- reformulate(c("complaints", covariates[[grid$k[i]]]), outcomes[grid$o[i]]); m <- lm(f, attitude)
  c(summary(m)$coefficients["complaints", c(1, 2, 4)], confint(m, "complaints"), length(m$residuals)) })
rows <- lapply(seq_along(fits), function(i) list(term = "complaints", choice = paste0("outcome = ", outcomes[grid$o[i]],
  ", covariates = ", c("–", "learning", "learning + raises")[grid$k[i]]), universe = i, estimate = fits[[i]][1],
  std_error = fits[[i]][2], p_value = fits[[i]][3], conf_low = fits[[i]][4], conf_high = fits[[i]][5], n = 30))
est <- sapply(fits, `[`, 1); p <- sapply(fits, `[`, 3)
fit <- list(median_estimate = median(est), share_significant = mean(p < .05), share_same_sign = mean(sign(est) == sign(median(est))))
att <- list(columns = as.list(attitude))
given <- list(analysis = line, choices = choices, term = "complaints")
write("multiverse", "explore", "complaints on two outcomes under three sets of covariates", att, given,
  list(table = rows, fit = fit, info = list(decision = "inconclusive", n_failed = 0)), list(default = 1e-9),
  "R base lm, confint", "lm(rating ~ complaints + …, attitude) for all six combinations")
d <- data.frame(est = est, o = factor(grid$o), k = factor(grid$k)); a <- anova(lm(est ~ o + k, d)); ss <- a[["Sum Sq"]]
range_of <- function(f) range(tapply(d$est, f, mean))
write("multiverse", "influence", "which choice moves the slope of complaints", NULL,
  list(result = list(`__call__` = list(`function` = "klantstudie.analyses.multiverse.explore", data = att, arguments = given))),
  list(table = list(list(term = "outcome", share = ss[1] / sum(ss), minimum = range_of(d$o)[1], maximum = range_of(d$o)[2]),
    list(term = "covariates", share = ss[2] / sum(ss), minimum = range_of(d$k)[1], maximum = range_of(d$k)[2]),
    list(term = "interaction", share = ss[3] / sum(ss)))), list(default = 1e-9), "R base anova", "anova(lm(estimate ~ outcome + covariates))")

# universes that were run elsewhere: the same six and their numbers; one failed, one without a p value
elsewhere <- function(keep) list(columns = list(universe = 1:6, choice.outcome = outcomes[grid$o],
  choice.covariates = c("–", "learning", "learning + raises")[grid$k], estimate = ifelse(keep, est, NA),
  std_error = ifelse(keep, sapply(fits, `[`, 2), NA), conf_low = ifelse(keep, sapply(fits, `[`, 4), NA),
  conf_high = ifelse(keep, sapply(fits, `[`, 5), NA), p_value = ifelse(keep & 1:6 != 2, p, NA), n = ifelse(keep, 30, NA),
  n_total = ifelse(keep, 31, NA), note = ifelse(keep, "", "no column raises")))
keep <- 1:6 != 6
told <- lapply(rows, function(row) c(row, list(note = "")))
told[[6]][c("estimate", "std_error", "p_value", "conf_low", "conf_high", "n")] <- list(NULL)
told[[6]] <- list(term = "complaints", choice = rows[[6]]$choice, universe = 6, estimate = NA, std_error = NA, p_value = NA, conf_low = NA,
  conf_high = NA, n = NA, note = "no column raises")
told[[2]]["p_value"] <- NA
write("multiverse", "gathered", "six universes from a table, one failed and one without a p value", elsewhere(keep), list(term = "complaints"),
  list(table = told, fit = list(median_estimate = median(est[keep]), share_significant = mean(p[keep] < .05),
    share_same_sign = mean(sign(est[keep]) == sign(median(est[keep])))), info = list(decision = "inconclusive", n_failed = 1, n_used = 30, n_total = 31)),
  list(default = 1e-9), "R base lm, confint", "as explore, without the sixth; an interval of R excludes zero when its p is below .05")

# joint test under any dependence: Rüger's K / k times the k-th smallest with k a majority, the largest p, Holm; one-sided in both directions
together <- function(est, p) { K <- length(p); k <- floor(K / 2) + 1
  side <- function(sign) { q <- ifelse(sign(est) == sign, p / 2, 1 - p / 2); ifelse(is.na(q), 1, q) }
  q <- list(side(1), side(-1)); some <- sapply(q, function(x) K / k * sort(x)[k]); best <- q[[which.min(some)]]
  list(list(term = "any_universe", p_value = min(1, 2 * min(some))), list(term = "every_universe", p_value = min(1, 2 * min(sapply(q, max)))),
    list(term = "n_holm", n = sum(p.adjust(best, "holm") < .025))) }
joined <- function(name, what, result, est, p, decision) write("multiverse", name, what, NULL,
  list(result = list(`__call__` = result)), list(table = together(est, p), info = list(decision = decision)), list(default = 1e-9),
  "R base sort, p.adjust; Rüger (1978), Berger (1982)", "K / k * sort(p)[k] with k = floor(K / 2) + 1; max(p); p.adjust(p, 'holm')")
explored <- list(`function` = "klantstudie.analyses.multiverse.explore", data = att, arguments = given)
joined("joint", "six universes of complaints, two outcomes that differ", explored, est, p, "inconclusive")
rated <- modifyList(given, list(choices = list(outcome = I("rating"), covariates = choices$covariates)))
joined("joint_rating", "three universes of complaints on rating", modifyList(explored, list(arguments = rated)), est[1:3], p[1:3], "supported")

# joint inference: the same bootstrap under the null, 4,000 draws, in R; tolerance four Monte-Carlo errors of ours (1,000) and R's
set.seed(20261123); B <- 4000
specs <- list(character(0), "learning", c("learning", "raises"))
one <- function(y, x, data, k) { X <- cbind(1, x, as.matrix(data[, specs[[k]], drop = FALSE])); q <- solve(crossprod(X))
  b <- q %*% crossprod(X, y); e <- y - X %*% b; s <- sqrt(sum(e^2) / (nrow(X) - ncol(X)) * q[2, 2])
  c(b[2], 2 * pt(-abs(b[2] / s), nrow(X) - ncol(X))) }
sum_up <- function(m, sign) { e <- m[1, ] * sign; z <- ifelse(e >= 0, 1, -1) * -qnorm(m[2, ] / 2)
  c(median(e), sum(m[2, ] < .05 & e > 0), sum(z) / sqrt(length(z))) }
obs <- sapply(1:3, function(k) one(attitude$advance, attitude$complaints, attitude, k)); sg <- sign(median(obs[1, ])); seen <- sum_up(obs, sg)
draws <- t(replicate(B, { i <- sample(30, replace = TRUE)
  m <- sapply(1:3, function(k) one((attitude$advance - obs[1, k] * attitude$complaints)[i], attitude$complaints[i], attitude[i, ], k))
  sum_up(m, sign(median(m[1, ]))) }))
pv <- sapply(1:3, function(j) (1 + sum(draws[, j] >= seen[j] - 1e-12)) / (B + 1))
tol <- 4 * max(sqrt(pv * (1 - pv) * (1 / 1000 + 1 / B)))
write("multiverse", "inference", "joint test of complaints on advance under three sets of covariates", att,
  list(analysis = line, choices = list(outcome = I("advance"), covariates = choices$covariates), term = "complaints", outcome = "advance",
    x = "complaints", n_boot = 1000, seed = 3),
  list(table = list(list(term = "median_estimate", estimate = seen[1] * sg, p_value = pv[1]),
    list(term = "n_significant", estimate = seen[2], p_value = pv[2]), list(term = "stouffer_z", estimate = seen[3] * sg, p_value = pv[3]))),
  list(default = 1e-8, p_value = list(abs = tol)), "R base, bootstrap under the null of Simonsohn, Simmons and Nelson (2020), 4,000 draws",
  "y - b x, rows drawn with replacement; tolerance four Monte-Carlo standard errors of both runs")

# power against the exact noncentral t of power.t.test; tolerance four Monte-Carlo errors
gen <- list(`__function__` = "tests.reference.functions.two_groups"); ana <- list(`__function__` = "tests.reference.functions.student")
pw <- function(n, d) power.t.test(n = n / 2, delta = d)$power
wilson <- function(p, n) { z <- qnorm(.975); (p + z^2 / (2 * n) + c(-1, 1) * z * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))) / (1 + z^2 / n) }
row <- function(term, p, n, ...) c(list(term = term, estimate = p, std_error = sqrt(p * (1 - p) / 500), conf_low = wilson(p, 500)[1],
  conf_high = wilson(p, 500)[2], n = n), list(...))
tol <- list(default = list(abs = 4 * sqrt(.25 / 500)), std_error = list(abs = .01), n = 0)
write("power", "simulate", "Student's t with d = 0.5: simulated power is the exact power", NULL,
  list(generate = gen, analysis = ana, n = c(60, 128), term = "difference", n_sim = 500),
  list(table = list(row("n = 60", pw(60, .5), 60), row("n = 128", pw(128, .5), 128))), tol, "R base power.t.test",
  "power.t.test(n = n / 2, delta = .5)$power; Wilson interval at that power")
mde <- power.t.test(n = 50, power = .8)$delta
tol$effect <- list(abs = .06)
write("power", "sensitivity", "smallest difference that 2 × 50 cases show with power .80", NULL,
  list(generate = gen, analysis = ana, n = 100, effects = c(.4, .55, .7), term = "difference", n_sim = 500),
  list(table = c(lapply(c(.4, .55, .7), function(d) row(paste("effect =", d), pw(100, d), 100, effect = d)),
    list(list(term = "minimal_detectable", effect = mde, n = 100)))), tol, "R base power.t.test",
  "power.t.test(n = 50, power = .8)$delta; tolerance from the slope of the power curve")

# the other options: one of two p values of the same term, another level, another wanted power
both <- list(`__function__` = "tests.reference.functions.both_sides")
exact <- function(n, d, side = "two.sided", alpha = .05) power.t.test(n = n / 2, delta = d, sig.level = alpha, alternative = side)$power
at <- function(term, p, n, ...) { z <- qnorm(.95); e <- sqrt(p * (1 - p) / 500); w <- (p + z^2 / 1000 + c(-1, 1) * z * sqrt(p * (1 - p) / 500 + z^2 / 1e6)) / (1 + z^2 / 500)
  c(list(term = term, estimate = p, std_error = e, conf_low = w[1], conf_high = w[2], n = n), list(...)) }
for (side in c("one.sided", "two.sided")) write("power", paste0("simulate_", sub(".", "_", side, fixed = TRUE)), paste("Student's t with d = 0.5,", side, "at 10%"), NULL,
  list(generate = gen, analysis = both, n = c(60, 128), term = "difference", where = list(part = sub(".", "_", side, fixed = TRUE)), n_sim = 500, conf_level = .9),
  list(table = lapply(c(60, 128), function(n) at(paste("n =", n), exact(n, .5, side, .1), n))), tol, "R base power.t.test",
  paste0("power.t.test(n = n / 2, delta = .5, sig.level = .1, alternative = '", side, "')$power; Wilson interval of 90%"))
mde <- power.t.test(n = 50, power = .9, sig.level = .1, alternative = "one.sided")$delta
write("power", "sensitivity_one_sided", "smallest difference that 2 x 50 cases show with power .90, one-sided at 10%", NULL,
  list(generate = gen, analysis = both, n = 100, effects = c(.4, .55, .7), term = "difference", where = list(part = "one_sided"), power = .9, n_sim = 500, conf_level = .9),
  list(table = c(lapply(c(.4, .55, .7), function(d) at(paste("effect =", d), exact(100, d, "one.sided", .1), 100, effect = d)),
    list(list(term = "minimal_detectable", effect = mde, n = 100)))), tol, "R base power.t.test",
  "power.t.test(n = 50, power = .9, sig.level = .1, alternative = 'one.sided')$delta")
