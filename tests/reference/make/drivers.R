# Makes the references of the drivers room from R. Run from this folder: Rscript drivers.R
if (file.exists("customers.R")) setwd("..")
source("make/customers.R")
suppressMessages({library(sandwich); library(car)})
citation <- paste("sandwich", packageVersion("sandwich"), "and car", packageVersion("car"))

p <- paste0("p", 1:3)
full <- customers[complete.cases(customers[c("satisfaction", p)]), ]
m <- lm(satisfaction ~ p1 + p2 + p3, full)
rows_of <- function(b, v, df, level = .95) {
  se <- sqrt(diag(v)); t <- b / se; q <- qt((1 + level) / 2, df); sd <- sapply(full[p], sd) / sd(full$satisfaction)
  lapply(1:4, function(i) { r <- row(term = c("intercept", p)[i], estimate = unname(b[i]), std_error = unname(se[i]), statistic = unname(t[i]), df = rep(df, 4)[i],
    p_value = unname(2 * pt(-abs(t[i]), rep(df, 4)[i])), conf_low = unname(b[i] - rep(q, 4)[i] * se[i]), conf_high = unname(b[i] + rep(q, 4)[i] * se[i]))
    if (i == 1) { r["standardized"] <- list(NULL); r["vif"] <- list(NULL); r } else c(r, standardized = unname(b[i] * sd[i - 1]), vif = unname(car::vif(m)[i - 1])) })
}
tests <- function(v, df2 = m$df.residual) {
  b <- coef(m)[-1]; f <- drop(b %*% solve(v[-1, -1], b)) / 3
  list(r_squared = summary(m)$r.squared, r_squared_adjusted = summary(m)$adj.r.squared, statistic = f, df = 3, df2 = df2, p_value = pf(f, 3, df2, lower.tail = FALSE))
}
arguments <- list(outcome = "satisfaction", predictors = p)
truth("drivers", "regression", "regression", "Satisfaction on three marks, HC3", arguments, rows_of(coef(m), vcovHC(m, "HC3"), m$df.residual), tests(vcovHC(m, "HC3")),
  info = list(n_total = 60, n_used = nrow(full)), command = "lm; vcovHC(type = 'HC3'); vif", citation = citation)
truth("drivers", "regression_classic", "regression", "The same with classic errors, 90%", c(arguments, list(robust = "classic", conf_level = .9)),
  rows_of(coef(m), vcov(m), m$df.residual, .9), tests(vcov(m)), command = "lm; vif", citation = citation)
x <- full[c(p, "satisfaction")]
moments <- list(moments = list(columns = names(x), mean = unname(colMeans(x)), sd = unname(sapply(x, sd)), corr = unname(cor(x)), n = nrow(x)))
truth("drivers", "regression_moments", "regression", "The same from moments", c(arguments, list(robust = "classic")), rows_of(coef(m), vcov(m), m$df.residual), tests(vcov(m)),
  data = moments, command = "lm; vif", citation = citation)
# CR2 from its definition: (I - H_gg)^(-1/2) on the residuals of each cluster; degrees of freedom by brute force.
X <- model.matrix(m); bread <- solve(crossprod(X)); groups <- split(seq_len(nrow(X)), full$branch)
root <- function(a) { s <- eigen(a, symmetric = TRUE); s$vectors %*% diag(ifelse(s$values > 1e-10, 1 / sqrt(pmax(s$values, 1e-10)), 0)) %*% t(s$vectors) }
A <- lapply(groups, function(g) root(diag(length(g)) - X[g, ] %*% bread %*% t(X[g, ])))
meat <- Reduce(`+`, lapply(names(groups), function(k) { g <- groups[[k]]; u <- t(X[g, ]) %*% A[[k]] %*% residuals(m)[g]; u %*% t(u) }))
cr2 <- bread %*% meat %*% bread
M <- diag(nrow(X)) - X %*% bread %*% t(X)
df <- sapply(1:4, function(j) {
  G <- sapply(names(groups), function(k) { g <- groups[[k]]; M[, g] %*% A[[k]] %*% X[g, ] %*% bread[, j] })
  s <- crossprod(G); sum(diag(s))^2 / sum(s^2)
})
truth("drivers", "regression_cluster", "regression", "The same with CR2 errors by branch", c(arguments, list(cluster = "branch")), rows_of(coef(m), cr2, df), list(r_squared = summary(m)$r.squared),
  command = "(I - H_gg)^(-1/2) per cluster; df = trace(G)^2 / sum(G^2) (Pustejovsky and Tipton, 2018)", citation = citation, tolerance = list(default = 1e-7))

# Relative weights by the singular value decomposition of the data, dominance by all subsets.
johnson <- function(x) {
  x <- scale(x); k <- ncol(x); s <- svd(x[, -k]); z <- s$u %*% t(s$v) * sqrt(nrow(x) - 1)
  l <- cor(x[, -k], z); b <- cor(z, x[, k]); drop(l^2 %*% b^2)
}
subsets <- function(r) {
  k <- ncol(r) - 1; out <- numeric(2^k)
  for (s in seq_len(2^k - 1)) { i <- which(bitwAnd(s, 2^(0:(k - 1))) > 0); out[s + 1] <- sum(r[i, k + 1] * solve(r[i, i, drop = FALSE], r[i, k + 1])) }
  out
}
general <- function(r) {
  k <- ncol(r) - 1; every <- subsets(r); codes <- 0:(2^k - 1); size <- sapply(codes, function(s) sum(bitwAnd(s, 2^(0:(k - 1))) > 0))
  sapply(0:(k - 1), function(j) { without <- codes[bitwAnd(codes, 2^j) == 0]; gain <- every[without + 2^j + 1] - every[without + 1]; mean(tapply(gain, size[without + 1], mean)) })
}
shares <- function(names, w, ends = NULL) lapply(seq_along(names), function(i) { r <- row(term = names[i], estimate = w[i], share = w[i] / sum(w))
  if (is.null(ends)) r else c(r, conf_low = ends[[1, i]], conf_high = ends[[2, i]]) })
rwa <- function(d, names, y, name, what, citation, args = list(), data = list(columns = as.list(d))) {
  w <- johnson(as.matrix(d[c(names, y)])); g <- general(cor(d[c(names, y)])); a <- c(list(outcome = y, predictors = names, n_boot = 0), args)
  truth("drivers", paste0("relative_weights_", name), "relative_weights", paste("Relative weights,", what), a, shares(names, w), list(r_squared = sum(w)), data = data,
    command = "svd of the standardised predictors (Johnson, 2000)", citation = citation)
  truth("drivers", paste0("dominance_", name), "dominance", paste("General dominance,", what), a, shares(names, g), list(r_squared = sum(g)), data = data,
    command = "all subsets, gains averaged within and over sizes (Azen and Budescu, 2003)", citation = citation)
}
rwa(mtcars[c("mpg", "cyl", "disp", "hp", "gear")], c("cyl", "disp", "hp", "gear"), "mpg", "mtcars", "mpg of 32 cars", "datasets::mtcars")
rwa(attitude, names(attitude)[-1], "rating", "attitude", "rating of 30 departments", "datasets::attitude")

# Bootstrap intervals: 20,000 resamples here against 5,000 (1,000) there.
set.seed(11); y <- as.matrix(x); n <- nrow(y)
johnson_r <- function(r) { k <- ncol(r); e <- eigen(r[-k, -k]); l <- e$vectors %*% (sqrt(e$values) * t(e$vectors)); drop(l^2 %*% solve(l, r[-k, k])^2) }
boot <- replicate(20000, { r <- cor(y[sample(n, replace = TRUE), ]); c(johnson_r(r), general(r)) })
ends <- apply(boot, 1, quantile, c(.025, .975))
noise <- replicate(20000, { i <- sample(n, replace = TRUE); w <- johnson_r(cor(cbind(rnorm(n), y[i, ]))); w[-1] - w[1] })
rows <- shares(p, johnson(y), ends[, 1:3])
for (j in 1:3) { rows[[j]]$p_value <- mean(noise[j, ] <= 0); rows[[j]]$decision <- if (quantile(noise[j, ], .025) > 0) "supported" else "inconclusive" }
truth("drivers", "relative_weights_bootstrap", "relative_weights", "Bootstrap intervals of relative weights, and the contrast with a random predictor", arguments, rows,
  list(r_squared = sum(johnson(y))), command = "20,000 resamples; a fresh rnorm(n) in each", tolerance = list(default = 1e-8, conf_low = list(abs = .012), conf_high = list(abs = .02), p_value = list(abs = .03)))
truth("drivers", "dominance_bootstrap", "dominance", "Bootstrap intervals of general dominance", arguments, shares(p, general(cor(y)), ends[, 4:6]), list(r_squared = summary(m)$r.squared),
  command = "20,000 resamples", tolerance = list(default = 1e-8, conf_low = list(abs = .025), conf_high = list(abs = .035)))

# The same draws at 90%: the decision may turn with the level.
ends90 <- apply(boot, 1, quantile, c(.05, .95)); rows <- shares(p, johnson(y), ends90[, 1:3])
for (j in 1:3) { rows[[j]]$p_value <- mean(noise[j, ] <= 0); rows[[j]]$decision <- if (quantile(noise[j, ], .05) > 0) "supported" else "inconclusive" }
truth("drivers", "relative_weights_level", "relative_weights", "Bootstrap intervals of relative weights, 90%", c(arguments, list(conf_level = .9)), rows,
  list(r_squared = sum(johnson(y))), command = "20,000 resamples; a fresh rnorm(n) in each", tolerance = list(default = 1e-8, conf_low = list(abs = .012), conf_high = list(abs = .02), p_value = list(abs = .03)))
truth("drivers", "dominance_level", "dominance", "Bootstrap intervals of general dominance, 90%", c(arguments, list(conf_level = .9)), shares(p, general(cor(y)), ends90[, 4:6]), list(r_squared = summary(m)$r.squared),
  command = "20,000 resamples", tolerance = list(default = 1e-8, conf_low = list(abs = .025), conf_high = list(abs = .035)))

# More predictors than are visited exactly
set.seed(16); wide <- as.data.frame(matrix(round(rnorm(60 * 16), 2), 60)); wide$y <- round(rowSums(wide[1:4]) + rnorm(60, sd = 2), 2)
g <- general(cor(wide)); sampled <- lapply(1:16, function(i) row(term = names(wide)[i], estimate = g[i], share = g[i] / sum(g), std_error = 0))
truth("drivers", "dominance_sampled", "dominance", "Sixteen predictors over random orders, against all 65,536 subsets", list(outcome = "y", predictors = names(wide)[1:16], n_boot = 0), sampled,
  list(r_squared = sum(g)), data = list(columns = as.list(wide)), command = "all subsets", tolerance = list(default = 1e-8, estimate = list(abs = .003), share = list(abs = .005), std_error = list(abs = .001)))
# The Monte-Carlo error of n orders: the spread of the gain over all orders, from all subsets, over the root of n.
spread_of <- function(r, orders) { k <- ncol(r) - 1; every <- subsets(r); codes <- 0:(2^k - 1); size <- sapply(codes, function(s) sum(bitwAnd(s, 2^(0:(k - 1))) > 0))
  sapply(0:(k - 1), function(j) { without <- codes[bitwAnd(codes, 2^j) == 0]; gain <- every[without + 2^j + 1] - every[without + 1]; w <- 1 / (k * choose(k - 1, size[without + 1]))
    sqrt((sum(w * gain^2) - sum(w * gain)^2) / orders) }) }
e <- spread_of(cor(wide), 20000); sampled <- lapply(1:16, function(i) row(term = names(wide)[i], estimate = g[i], share = g[i] / sum(g), std_error = e[i]))
truth("drivers", "dominance_orders", "dominance", "The same over 20,000 orders, with their Monte-Carlo error", list(outcome = "y", predictors = names(wide)[1:16], n_boot = 0, n_orders = 20000), sampled,
  list(r_squared = sum(g)), data = list(columns = as.list(wide)), command = "all subsets, weighted by how many orders they come from; tolerance four such errors",
  tolerance = list(default = 1e-8, estimate = list(abs = 4 * max(e)), share = list(abs = 4 * max(e) / sum(g)), std_error = list(rel = .05)))

# Retention
suppressMessages(library(pROC))
names2 <- c("satisfaction", "recommend"); known <- customers[complete.cases(customers[c("renewed", names2, "channel")]), ]
retention <- function(d, v_of, level = .95) {
  g <- glm(renewed ~ satisfaction + recommend, binomial, d, control = list(epsilon = 1e-14)); v <- v_of(g); b <- coef(g); X <- model.matrix(g); q <- qnorm((1 + level) / 2)
  f <- fitted(g); part <- function(term, part, est, se) { r <- row(term = term, part = part, estimate = est, std_error = se, statistic = est / se, p_value = 2 * pnorm(-abs(est / se)),
    conf_low = est - q * se, conf_high = est + q * se); if (part == "coefficient" && term != "intercept") c(r, effect = exp(est), effect_low = exp(est - q * se), effect_high = exp(est + q * se)) else r }
  J <- t(sapply(2:3, function(j) { d1 <- f * (1 - f); r <- colMeans(d1 * (1 - 2 * f) * b[j] * X); r[j] <- r[j] + mean(d1); r })); se <- sqrt(diag(J %*% v %*% t(J)))
  ame <- mean(f * (1 - f)) * b[2:3]
  area <- function(term, s) { a <- roc(d$renewed, s, direction = "<", levels = 0:1, quiet = TRUE); e <- sqrt(var(a)); row(term = term, part = "auc", estimate = as.numeric(auc(a)), std_error = e,
    conf_low = max(0, as.numeric(auc(a)) - q * e), conf_high = min(1, as.numeric(auc(a)) + q * e)) }
  null <- logLik(update(g, . ~ 1)); l <- logLik(g); x2 <- 2 * as.numeric(l - null)
  list(rows = c(lapply(1:3, function(i) part(c("intercept", names2)[i], "coefficient", unname(b[i]), unname(sqrt(v[i, i])))), lapply(1:2, function(i) part(names2[i], "marginal", unname(ame[i]), se[i])),
    list(area("total", f), area("satisfaction", d$satisfaction), area("recommend", d$recommend))),
    fit = list(loglik = as.numeric(l), chisq = x2, df = 2, p_value = pchisq(x2, 2, lower.tail = FALSE), pseudo_r_squared = 1 - as.numeric(l) / as.numeric(null), aic = AIC(g), bic = BIC(g)))
}
citation <- paste("pROC", packageVersion("pROC"), "and sandwich", packageVersion("sandwich")); near <- list(default = 1e-7)
all <- customers[complete.cases(customers[c("renewed", names2)]), ]; found <- retention(all, vcov)
truth("drivers", "retention", "retention", "Renewal from satisfaction and recommendation", list(outcome = "renewed", predictors = names2), found$rows, found$fit,
  command = "glm(binomial); delta method on mean(p (1 - p)) b; pROC::var(roc)", citation = citation, tolerance = near)
found <- retention(known, function(g) vcovCL(g, known$channel, type = "HC1"), .9)
truth("drivers", "retention_cluster", "retention", "The same with errors by channel, 90%", list(outcome = "renewed", predictors = names2, cluster = "channel", conf_level = .9), found$rows, found$fit,
  info = list(n_used = nrow(known)), command = "vcovCL(type = 'HC1')", citation = citation, tolerance = near)
