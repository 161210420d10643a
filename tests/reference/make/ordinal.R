# Regenerates tests/reference/ordinal/*.json with R's ordinal; run from the folder tests/reference/make.
suppressMessages(library(ordinal)); library(jsonlite)
stamp <- list(version = paste0("R ", getRversion(), ", ordinal ", packageVersion("ordinal")), date = "2026-11-23")
write <- function(name, what, fun, arguments, expected, tolerance, command) {
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.ordinal.", fun), data = list(raw = "wijn/wijn.csv"),
    arguments = arguments, expected = expected, tolerance = tolerance,
    source = c(list(kind = "R", citation = "Randall (1989), wine bitterness, ordinal::wine", command = command), stamp))
  write_json(truth, file.path("..", "ordinal", paste0(name, ".json")), auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null")
}
w <- wine; z <- qnorm(.975)
effect_rows <- function(m, odds, level = .95) { z <- qnorm((1 + level) / 2); s <- coef(summary(m)); cuts <- grepl("|", rownames(s), fixed = TRUE)
  lapply(rownames(s), function(k) { e <- s[k, 1]; se <- s[k, 2]
    r <- list(term = switch(k, tempwarm = "temp: warm", contactyes = "contact: yes", k), part = if (grepl("|", k, fixed = TRUE)) "threshold" else "effect",
      estimate = e, std_error = se, conf_low = e - z * se, conf_high = e + z * se)
    if (r$part == "effect") { r$statistic <- s[k, 3]; r$p_value <- s[k, 4]
      if (odds) { r$effect <- exp(e); r$effect_low <- exp(e - z * se); r$effect_high <- exp(e + z * se) } }
    r }) }
fit_of <- function(m) list(loglik = as.numeric(logLik(m)), aic = AIC(m), n = 72)
for (link in c("logit", "probit", "cloglog")) { m <- clm(rating ~ temp + contact, data = w, link = link)
  nt <- suppressWarnings(nominal_test(m))
  po <- lapply(c("temp", "contact"), function(k) list(term = k, part = "proportional_odds", statistic = nt[k, "LRT"], df = nt[k, "Df"], p_value = nt[k, "Pr(>Chi)"]))
  write(paste0("cumulative_", link), paste("bitterness on temperature and contact,", link), "cumulative",
    list(outcome = "rating", predictors = c("temp", "contact"), link = link),
    list(table = c(effect_rows(m, link == "logit"), if (all(is.finite(nt[c("temp", "contact"), "LRT"]))) po), fit = fit_of(m), info = list(n_used = 72)),
    list(default = 1e-6), paste0("clm(rating ~ temp + contact, link = '", link, "'); nominal_test")) }
d <- as.data.frame(xtabs(~ temp + contact + rating, w)); d <- d[d$Freq > 0, ]
m <- clm(rating ~ temp + contact, data = d, weights = Freq); nt <- suppressWarnings(nominal_test(m))
po <- lapply(c("temp", "contact"), function(k) list(term = k, part = "proportional_odds", statistic = nt[k, "LRT"], df = nt[k, "Df"], p_value = nt[k, "Pr(>Chi)"]))
truth_data <- list(columns = list(temp = as.character(d$temp), contact = as.character(d$contact), rating = as.integer(as.character(d$rating)), often = d$Freq))
truth <- list(what = "the same from a frequency table with weights", `function` = "klantstudie.analyses.ordinal.cumulative", data = truth_data,
  arguments = list(outcome = "rating", predictors = c("temp", "contact"), weights = "often"),
  expected = list(table = c(effect_rows(m, TRUE), po), fit = fit_of(m), info = list(n_used = 72)), tolerance = list(default = 1e-6),
  source = c(list(kind = "R", citation = "Randall (1989), wine bitterness, ordinal::wine", command = "clm(rating ~ temp + contact, weights = Freq)"), stamp))
write_json(truth, "../ordinal/cumulative_weights.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
for (q in c(1, 7)) { m <- clmm(rating ~ temp + contact + (1 | judge), data = w, nAGQ = q, control = clmm.control(gradTol = 1e-6)); v <- m$ST$judge[1]^2
  v <- as.numeric(VarCorr(m)$judge)
  write(paste0("mixed_", q), paste("with a random intercept per judge, nAGQ =", q), "mixed",
    list(outcome = "rating", predictors = c("temp", "contact"), cluster = "judge", points = q),
    list(table = c(effect_rows(m, TRUE), list(list(term = "judge", part = "variance", estimate = v), list(term = "judge", part = "sd", estimate = sqrt(v)),
      list(term = "judge", part = "icc", estimate = v / (v + pi^2 / 3)))), fit = fit_of(m), info = list(n_used = 72, n_clusters = 9)),
    list(default = 1e-4, p_value = 1e-6, loglik = 1e-6, aic = 1e-6, effect = 1e-3, effect_low = 1e-3, effect_high = 1e-3), paste0("clmm(rating ~ temp + contact + (1 | judge), nAGQ = ", q, "); its standard errors hold to 1e-4 only, see mixed_", q, "_exact")) }
m <- clmm(rating ~ temp + contact + (1 | judge), data = w, link = "probit"); v <- as.numeric(VarCorr(m)$judge)
write("mixed_probit", "with a random intercept per judge, probit", "mixed", list(outcome = "rating", predictors = c("temp", "contact"), cluster = "judge", link = "probit"),
  list(table = c(effect_rows(m, FALSE), list(list(term = "judge", part = "variance", estimate = v), list(term = "judge", part = "icc", estimate = v / (v + 1)))), fit = fit_of(m)),
  list(default = 1e-4, p_value = 1e-6, loglik = 1e-6, aic = 1e-6), "clmm(rating ~ temp + contact + (1 | judge), link = 'probit')")
m <- clm(rating ~ temp + contact, data = w); new <- data.frame(temp = c("cold", "warm"), contact = c("no", "yes"))
p <- predict(m, newdata = new, se.fit = TRUE, interval = TRUE)
rows <- list(); for (i in 1:2) for (k in 1:5) rows[[length(rows) + 1]] <- list(term = paste0("temp = ", new$temp[i], ", contact = ", new$contact[i]), answer = as.character(k),
  estimate = p$fit[i, k], std_error = p$se.fit[i, k], conf_low = p$lwr[i, k], conf_high = p$upr[i, k])
write("probabilities", "predicted probabilities of two profiles", "probabilities", list(outcome = "rating", predictors = c("temp", "contact"),
  at = list(list(temp = "cold", contact = "no"), list(temp = "warm", contact = "yes"))), list(table = rows, info = list(n_used = 72)), list(default = 1e-6),
  "predict(clm, newdata, se.fit = TRUE, interval = TRUE)")

# Other levels, links and frequencies. `often` counts each row of wine one to three times.
often <- rep_len(c(1, 3, 2), 72); counted <- list(columns = c(lapply(w[c("temp", "contact", "judge")], as.character), list(rating = as.integer(w$rating), often = often)))
put <- function(name, ...) { write(name, ...); f <- file.path("..", "ordinal", paste0(name, ".json")); t <- read_json(f); t$data <- counted
  write_json(t, f, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null") }
m <- clm(rating ~ temp + contact, data = w, link = "cloglog", weights = often)
put("cumulative_level", "counted rows, cloglog, intervals of 90%", "cumulative", list(outcome = "rating", predictors = c("temp", "contact"), weights = "often", link = "cloglog", conf_level = .9),
  list(table = effect_rows(m, FALSE, .9), fit = within(fit_of(m), n <- sum(often)), info = list(n_used = sum(often), n_total = sum(often))), list(default = 1e-6), "clm(rating ~ temp + contact, weights = often, link = 'cloglog')")
for (link in c("probit", "cloglog")) { m <- clm(rating ~ temp + contact, data = w, link = link, weights = often)
  p <- predict(m, newdata = new, se.fit = TRUE, interval = TRUE, level = .9)
  rows <- list(); for (i in 1:2) for (k in 1:5) rows[[length(rows) + 1]] <- list(term = paste0("temp = ", new$temp[i], ", contact = ", new$contact[i]), answer = as.character(k),
    estimate = p$fit[i, k], std_error = p$se.fit[i, k], conf_low = p$lwr[i, k], conf_high = p$upr[i, k])
  put(paste0("probabilities_", link), paste("predicted probabilities from counted rows,", link, "intervals of 90%"), "probabilities", list(outcome = "rating", predictors = c("temp", "contact"), weights = "often", link = link,
    conf_level = .9, at = list(list(temp = "cold", contact = "no"), list(temp = "warm", contact = "yes"))), list(table = rows, info = list(n_used = sum(often))), list(default = 1e-6), "predict(clm(weights = often), newdata, se.fit = TRUE, interval = TRUE, level = .9)") }

# The marginal likelihood itself. clmm stops its search for the modes of the random effects at a gradient of 1e-4 (its log-likelihood
# is 3.5e-6 off) and then takes differences for the Hessian, so that its standard errors move by 1e-4, and at a tighter gradTol by 1e-2.
# Here the modes are exact to rounding, curvatures analytic, and the Hessian is Richardson's (numDeriv).
library(numDeriv)
link_of <- list(logit = list(F = plogis, f = dlogis, s = function(x) dlogis(x) * (1 - 2 * plogis(x))), probit = list(F = pnorm, f = dnorm, s = function(x) -x * dnorm(x)),
  cloglog = list(F = function(x) -expm1(-exp(x)), f = function(x) exp(x - exp(x)), s = function(x) exp(x - exp(x)) * (1 - exp(x))))
y <- as.integer(w$rating); X <- cbind(w$temp == "warm", w$contact == "yes"); members <- split(seq_along(y), w$judge)
hermite <- function(n) { b <- sqrt(seq_len(n - 1) / 2); a <- matrix(0, n, n); a[cbind(seq_len(n - 1), 2:n)] <- b; e <- eigen(a + t(a)); list(x = e$values, w = sqrt(pi) * e$vectors[1, ]^2) }
marginal <- function(par, q, link, often) { L <- link_of[[link]]; cuts <- c(-Inf, par[1:4], Inf); eta <- drop(X %*% par[5:6]); s <- exp(par[7])
  rule <- if (q == 1) list(x = 0, w = sqrt(pi)) else hermite(q); zero <- function(g, x) ifelse(is.finite(x), g(ifelse(is.finite(x), x, 0)), 0)
  sum(sapply(members, function(i) {
    at <- function(v) { a <- cuts[y[i] + 1] - eta[i] - s * v; b <- cuts[y[i]] - eta[i] - s * v; p <- pmax(L$F(a) - L$F(b), 1e-300); g <- (zero(L$f, a) - zero(L$f, b)) / p
      list(h = sum(often[i] * log(p)) + dnorm(v, log = TRUE), d1 = -s * sum(often[i] * g) - v, d2 = s^2 * sum(often[i] * ((zero(L$s, a) - zero(L$s, b)) / p - g^2)) - 1) }
    m <- 0; for (k in 1:50) { now <- at(m); step <- max(-1, min(1, now$d1 / now$d2)); m <- m - step; if (abs(step) < 1e-14) break }
    sd <- 1 / sqrt(-at(m)$d2); v <- m + sqrt(2) * sd * rule$x
    log(sum(rule$w * exp(rule$x^2) * exp(sapply(v, function(u) at(u)$h))) * sqrt(2) * sd) })) }
exact <- function(name, what, q, link, often, level, given) { loss <- function(p) -marginal(p, q, link, often); names <- c("1|2", "2|3", "3|4", "4|5", "temp: warm", "contact: yes"); z <- qnorm((1 + level) / 2)
  start <- c(coef(clm(rating ~ temp + contact, data = w, link = link, weights = often)), 0); par <- optim(start, loss, method = "BFGS", control = list(reltol = 1e-14, maxit = 500))$par
  for (k in 1:3) par <- par - solve(hessian(loss, par), grad(loss, par)); se <- sqrt(diag(solve(hessian(loss, par)))); v <- exp(2 * par[7])
  rows <- lapply(c(5, 6, 1:4), function(k) { r <- list(term = names[k], part = if (k > 4) "effect" else "threshold", estimate = par[[k]], std_error = se[k], conf_low = par[[k]] - z * se[k], conf_high = par[[k]] + z * se[k])
    if (k > 4) r <- c(r, list(statistic = par[[k]] / se[k], p_value = 2 * pnorm(-abs(par[[k]] / se[k])))); r })
  latent <- c(logit = pi^2 / 3, probit = 1, cloglog = pi^2 / 6)[[link]]
  rows <- c(rows, list(list(term = "judge", part = "variance", estimate = v), list(term = "judge", part = "sd", estimate = sqrt(v)), list(term = "judge", part = "icc", estimate = v / (v + latent))))
  put(name, what, "mixed", c(list(outcome = "rating", predictors = c("temp", "contact"), cluster = "judge", points = q, link = link, conf_level = level), given),
    list(table = rows, fit = list(loglik = -loss(par), aic = 2 * 7 + 2 * loss(par), n = sum(often)), info = list(n_used = sum(often), n_clusters = 9)), list(default = 2e-6, loglik = 1e-8, aic = 1e-8),
    "marginal likelihood in base R with exact modes, optim and Newton; numDeriv::hessian") }
exact("mixed_1_exact", "random intercept, Laplace, likelihood maximised without clmm", 1, "logit", rep(1, 72), .95, NULL)
exact("mixed_7_exact", "random intercept, seven points, likelihood maximised without clmm", 7, "logit", rep(1, 72), .95, NULL)
exact("mixed_weights_cloglog", "random intercept, counted rows, cloglog, five points, 90%", 5, "cloglog", often, .9, list(weights = "often"))
